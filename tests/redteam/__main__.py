"""`make redteam`: play all cheats and let honest learners study, on the database of DATABASE_URL or on SQLite.

SIZE=full takes more and longer lives, SEED another fate. Exit 1 if a cheat gains, its control does not, or somebody loses.
"""

from __future__ import annotations

import logging
import os
import sys

SIZES = {"small": (2, 2_700), "full": (20, 5_400)}  # people of a kind, seconds: one or two 学时


def main() -> int:
    """Make a database of its own, print the tables, write the document when it is the usual run."""
    size, seed = os.environ.get("SIZE") or "small", int(os.environ.get("SEED") or 1)
    if size not in SIZES:
        raise SystemExit("SIZE is small or full")
    os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings.test"
    logging.disable(logging.WARNING)  # a refusal is what we are here for
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from tests.conftest import lay_root
    from tests.live.settings import NoMigrations

    settings.MIGRATION_MODULES = NoMigrations()  # a minute less, and the same tables
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    lay_root()
    try:
        return play(connection.vendor, size, seed)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def play(vendor: str, size: str, seed: int) -> int:
    """Run everything and say it line by line."""
    from tests.redteam.report import cheat_rows, honest_rows, line_of, write_document

    people, seconds = SIZES[size]
    print(f"红队 red team · 数据库 database {vendor} · 规模 size {size} · 种子 seed {seed}\n")
    print("   多得(秒)   去掉规则  作弊手法\n   gain (s)  weakened  strategy")
    found, honest = [], []
    for row in cheat_rows():
        print(line_of(row), flush=True)
        found.append(row)
    print("\n   最多损失   平均损失  诚实学员\n worst loss      mean  honest learner")
    for one in honest_rows(people=people, seconds=seconds, seed=seed):
        print(line_of(one), flush=True)
        honest.append(one)
    if (size, seed, vendor) == ("small", 1, "sqlite"):
        write_document(found, honest, seed=seed)
    broken = [row for row in [*found, *honest] if not row.holds]
    print(f"\n{len(found)} 种作弊手法，{len(honest)} 类诚实学员，{len(broken)} 处不符 · "
          f"{len(found)} cheats, {len(honest)} kinds of honest learners, {len(broken)} failures")  # fmt: skip
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
