"""The real nginx with deploy's configuration, before applications on ports of a test's choice."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.servers import ROOT

NGINX = Path(shutil.which("nginx") or "/usr/sbin/nginx")


def rendered(folder: Path, port: int, application: int, sockets: int) -> str:
    """Return deploy's configuration for a folder and three ports, without certificates."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = text.replace("/var/lib/training-platform", str(folder)).replace("127.0.0.1:8100", f"127.0.0.1:{application}")
    text = text.replace("127.0.0.1:8200", f"127.0.0.1:{sockets}")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("listen 80;", f"listen {folder}/http;")
    text = text.replace("/var/lib/nginx", str(folder))
    text = re.sub(r"\n *ssl_certificate.*", "", text).replace(f"listen {folder}/http", f"listen unix:{folder}/http")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nworker_processes 1;\n"
        f"events {{ }}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n"
    )


@contextmanager
def front(folder: Path, port: int, application: int, sockets: int) -> Iterator[int]:
    """Run nginx until the block ends; yield its process."""
    user = "user root;\n" if folder.stat().st_uid == 0 else ""
    (folder / "nginx.conf").write_text(user + rendered(folder, port, application, sockets), "utf-8")
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not (folder / "pid").exists():
            if process.poll() is not None:
                raise SystemExit(process.stderr.read() if process.stderr else "nginx ended")
            if time.monotonic() > deadline:
                raise TimeoutError("nginx did not start")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()
