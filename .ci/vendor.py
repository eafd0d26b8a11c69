"""Bring third-party front-end files into the repository: `npm pack`, verify, copy, lock. A developer's tool, never run by CI.

The lock names versions, npm's sha512 of the package and sha256 of every file; it holds no address.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ICONS = [
    "house",
    "book-open",
    "graduation-cap",
    "user",
    "search",
    "bell",
    "chevron-right",
    "chevron-down",
    "x",
    "check",
    "circle-check",
    "circle",
    "circle-play",
    "lock",
    "file-text",
    "clipboard-check",
    "play",
    "pause",
    "rotate-ccw",
    "captions",
    "maximize",
    "info",
    "triangle-alert",
    "circle-alert",
    "upload",
    "download",
    "eye",
    "log-out",
    "smartphone",
    "clock",
    "calendar",
    "users",
    "building-2",
    "shield-check",
    "a-large-small",
    "list",
    "filter",
    "plus",
    "trash-2",
    "pencil",
    "arrow-left",
    "wifi-off",
    "refresh-cw",
    "flame",
    "zap",
    "heart-handshake",
    "utensils",
    "wrench",
    "circle-help",
]
PACKAGES = [
    {"name": "hls.js", "version": "1.7.4", "licence": "Apache-2.0", "files": {"dist/hls.min.mjs": "static/vendor/hls/hls.min.mjs", "LICENSE": "static/vendor/hls/LICENSE"}},
    {"name": "tus-js-client", "version": "4.3.1", "licence": "MIT", "files": {"dist/tus.min.js": "static/vendor/tus/tus.min.js", "LICENSE": "static/vendor/tus/LICENSE"}},
    {"name": "scorm-again", "version": "3.4.3", "licence": "MIT", "files": {"dist/scorm12.min.js": "static/vendor/scorm-again/scorm12.min.js", "LICENSE": "static/vendor/scorm-again/LICENSE"}},
    {"name": "lucide-static", "version": "1.62.0", "licence": "ISC", "files": {"LICENSE": "static/vendor/lucide/LICENSE"}},
    {"name": "axe-core", "version": "4.14.1", "licence": "MPL-2.0", "files": {"axe.min.js": "tests/vendor/axe.min.js", "LICENSE": "tests/vendor/LICENSE-axe"}},
]  # fmt: skip


def packed(package: dict) -> tuple[bytes, str]:
    """Return a package's archive and its sha512, as npm states it."""
    with tempfile.TemporaryDirectory() as folder:
        spec = f"{package['name']}@{package['version']}"
        done = subprocess.run(["npm", "pack", spec, "--json"], cwd=folder, check=True, capture_output=True, text=True)
        entry = json.loads(done.stdout)
        entry = entry[0] if isinstance(entry, list) else next(iter(entry.values()))
        data = (Path(folder) / entry["filename"]).read_bytes()
    stated = entry["integrity"]
    found = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    if stated != found:
        raise SystemExit(f"{spec}: the archive is not what npm states")
    return data, found


def sprite(archive: tarfile.TarFile) -> str:
    """Return one SVG with a symbol per icon."""
    symbols = []
    for name in ICONS:
        text = archive.extractfile(f"package/icons/{name}.svg").read().decode()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)[1]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def main() -> None:
    """Fetch, verify, copy, lock, and write NOTICE."""
    lock = []
    for package in PACKAGES:
        data, integrity = packed(package)
        files = {}
        with tempfile.NamedTemporaryFile(suffix=".tgz") as held:
            held.write(data)
            held.flush()
            with tarfile.open(held.name) as archive:
                made = {to: archive.extractfile(f"package/{name}").read() for name, to in package["files"].items()}
                if package["name"] == "lucide-static":
                    made["static/vendor/lucide/icons.svg"] = sprite(archive).encode()
        for to, content in made.items():
            content = re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", content)
            path = ROOT / to
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            files[to] = hashlib.sha256(content).hexdigest()
        lock.append({**{k: package[k] for k in ("name", "version", "licence")}, "integrity": integrity, "files": files})
    (ROOT / "static/vendor/vendor.lock.json").write_text(json.dumps(lock, indent=2) + "\n")
    lines = [f"{entry['name']} {entry['version']} ({entry['licence']}): {', '.join(entry['files'])}" for entry in lock]
    (ROOT / "NOTICE").write_text(
        "This product contains files of others, unmodified but for source map references:\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
