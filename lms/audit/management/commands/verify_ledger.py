"""Verify the log of evidence: this database, another one, a dump or an evidence package."""

from __future__ import annotations

import argparse
import sys
import zipfile
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.audit.rules.verifier import check_package
from lms.audit.services import verify
from lms.kernel.errors import InvalidError


class Command(BaseCommand):
    """Checks every row of evidence against the signed log (核验存证); see docs/operations.md."""

    help = "Verify this database, or FILE: a SQLite database, a plain dump, a PostgreSQL address, an evidence package."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the target and the public keys that are trusted."""
        parser.add_argument("target", nargs="?", default="", metavar="FILE")
        parser.add_argument("--current", action="store_true", help="FILE must reach to the newest head filed here")
        parser.add_argument("--key", action="append", default=[], help="a trusted public key in hex; may be repeated")

    def handle(self, *args: Any, target: str, key: list[str], current: bool, **options: Any) -> None:
        """Print what was looked at and what is wrong; exit 1 when something is."""
        if "://" not in target and zipfile.is_zipfile(target):
            said, faults = check_package(target, key)
        else:
            try:
                verdict = verify(target, pinned=key, is_current=current)
            except InvalidError as refusal:
                raise CommandError(refusal.message, returncode=2) from refusal
            said, faults = [verdict.summary], [finding.sentence for finding in verdict.findings]
        for sentence in said:
            self.stdout.write(sentence)
        for sentence in faults:
            self.stdout.write(f"× {sentence}")
        self.stdout.write(f"发现{len(faults)}处问题。" if faults else "全部相符：没有发现改动。")
        if faults:
            sys.exit(1)
