"""A relay for real: Debian's nginx with its RTMP module, on the configuration that we deploy, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.live.servers import ROOT, free_port
from tests.needs import needs

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
HEAD = """load_module {module};
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{ access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream training_http {{ server {site}; }}
  {relay} }}
{rtmp}
"""


NEEDS_RELAY = needs(
    MODULE.exists() and Path(NGINX).exists(), "nginx with its RTMP module (packages nginx-light, libnginx-mod-rtmp)"
)


class Relay:
    """nginx, started and stopped by a test."""

    def __init__(self, folder: Path, site: str) -> None:
        self.folder, self.rtmp, self.http, self.asks = folder, free_port(), free_port(), free_port()
        (folder / "hls").mkdir()
        text = HEAD.format(
            module=MODULE, folder=folder, site=site, relay=self.deployed("nginx-relay.conf"),
            rtmp=self.deployed("nginx-rtmp.conf"),
        )  # fmt: skip
        if os.geteuid() == 0:
            text = f"user root;\n{text}"  # its workers write where the test does
        (folder / "nginx.conf").write_text(text)

    def deployed(self, name: str) -> str:
        """Return a configuration that we deploy, with the addresses and folders of the test."""
        changes = {
            "127.0.0.1:1935": f"127.0.0.1:{self.rtmp}",
            "127.0.0.1:8180": f"127.0.0.1:{self.asks}",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.http};",
            "ssl_certificate /etc/ssl/live.example.cn.pem;": "",
            "ssl_certificate_key /etc/ssl/private/live.example.cn.key;": "",
            "/var/lib/training-relay": str(self.folder),
            "/var/lib/nginx/live-grants": f"{self.folder}/grants",
            "Host px.example.cn": "Host localhost",
        }
        text = (ROOT / "deploy" / name).read_text("utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        return text

    def settings(self) -> dict[str, str]:
        return {
            "kind": "nginx", "push": f"rtmp://127.0.0.1:{self.rtmp}/live", "play": f"http://127.0.0.1:{self.http}/relay",
        }  # fmt: skip

    @property
    def ingest(self) -> str:
        """Return where software publishes."""
        return f"rtmp://127.0.0.1:{self.rtmp}/ingest"

    def start(self) -> None:
        self.child = subprocess.Popen([NGINX, "-c", str(self.folder / "nginx.conf")], start_new_session=True)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.rtmp), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "error.log").read_text())

    def stop(self) -> None:
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
