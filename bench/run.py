"""Run the speed rows: `make bench`, `make bench ONLY=beats`, `SIZE=full`. Works on a database of its own."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

FIGURES = Path(__file__).parent / "figures" / "latest.json"


def main() -> int:
    """Lay the demo district in a temporary folder, measure, print and write."""
    only, size = os.environ.get("ONLY", ""), os.environ.get("SIZE") or "small"
    if size not in {"small", "full"}:
        raise SystemExit("SIZE is small or full")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "lms.settings.dev", "LOG_LEVEL": "ERROR"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        import django

        django.setup()
        if not only.startswith(("beats.", "live", "video")) or only == "beats.batch":
            lay_site()  # films need none, and the other rows of beats have stages of their own
        from bench import beats, glass, ledger, lives, pages, rooms, served, video, viewers
        from bench.harness import table

        rows = (
            pages.measure(size, only, Path(folder))
            | beats.measure(size, only)
            | served.measure(size, only, Path(folder))
            | lives.measure(size, only, Path(folder))
            | viewers.measure(size, only, Path(folder))
            | rooms.measure(size, only, Path(folder))
            | glass.measure(size, only, Path(folder))
            | ledger.measure(size, only)
            | video.measure(size, only, Path(folder))
        )
    if not rows:
        raise SystemExit(f"no row begins with {only!r}")
    print(table(rows))
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() and only else {}
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(known | {name: row.as_json() for name, row in rows.items()}, indent=2) + "\n")
    return 0


def lay_site() -> None:
    """Make tables, static files and the demo district."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("demo")


if __name__ == "__main__":
    sys.exit(main())
