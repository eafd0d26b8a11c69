"""A time-stamping authority of our own: openssl behind a little HTTP server."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Test TSA
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa_cert]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def run(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def make_authority(folder: Path) -> None:
    """Lay a root certificate (ca.pem) and a signer for time stamps."""
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *new, "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem", "-days", "3650",
        "-subj", "/CN=Test CA", "-config", str(config), "-extensions", "ca")  # fmt: skip
    run("req", *new, "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.csr", "-subj", "/CN=Test TSA",
        "-config", str(config))  # fmt: skip
    run("x509", "-req", "-in", f"{folder}/tsa.csr", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
        "-CAcreateserial", "-out", f"{folder}/tsa.pem", "-days", "3650", "-extfile", str(config),
        "-extensions", "tsa_cert")  # fmt: skip


class Tsa:
    """The server. `mood`: "well", "down" (500), "replay" (always its first answer), "silent"."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mood, self.asked = folder, "well", 0
        self.first = b""
        make_authority(folder)
        tsa = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                tsa.asked += 1
                if tsa.mood == "silent":
                    threading.Event().wait(2)
                if tsa.mood in {"down", "silent"}:
                    self.send_error(500)
                    return
                answer = tsa.first if tsa.mood == "replay" else tsa.reply(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def reply(self, body: bytes) -> bytes:
        query, answer = self.folder / "query", self.folder / "answer"
        query.write_bytes(body)
        run("ts", "-reply", "-queryfile", str(query), "-out", str(answer), "-config", f"{self.folder}/openssl.cnf",
            "-section", "tsa_config")  # fmt: skip
        self.first = self.first or answer.read_bytes()
        return answer.read_bytes()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
