"""Run the drills: `make drills`, `make drills ONLY=…`, `SIZE=small`. Exit 1 if a promise did not hold."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from pkgutil import iter_modules

import tests.drills


def drills(only: str) -> dict[str, object]:
    """Return the drills whose name begins with `only`."""
    names = [one.name for one in iter_modules(tests.drills.__path__) if one.name.startswith(only)]
    modules = {name: import_module(f"tests.drills.{name}") for name in names if name != "__main__"}
    return {name: module.drill for name, module in modules.items() if hasattr(module, "drill")}


def main() -> int:
    """Run one drill after another; tell of each how it went."""
    only, size = os.environ.get("ONLY", ""), os.environ.get("SIZE") or "full"
    chosen, failed = drills(only), 0
    if not chosen:
        print(f"no drill begins with {only!r}")
        return 1
    for name, drill in chosen.items():
        began = time.monotonic()
        outcome = drill(size)
        failed += bool(outcome.faults)
        print(f"{'FAILED' if outcome.faults else 'held  '} {name} ({time.monotonic() - began:.0f} s): {outcome.said}")
        for fault in outcome.faults:
            print(f"       {fault}")
    print(f"{len(chosen) - failed} drills held, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
