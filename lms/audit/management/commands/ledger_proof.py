"""Print what proves one record to a third party."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.audit.queries import proof_of
from lms.kernel.errors import DomainError


class Command(BaseCommand):
    """Writes the inclusion proof of one record as JSON (单条包含证明); see docs/operations.md."""

    help = "Print record, signed head and inclusion proof: ledger_proof hours 17, ledger_proof beats 240 --series 5"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the source, the row's key, and for beats the person's id."""
        parser.add_argument("source")
        parser.add_argument("key", type=int)
        parser.add_argument("--series", type=int, default=0)

    def handle(self, *args: Any, source: str, key: int, series: int, **options: Any) -> None:
        """Print."""
        try:
            proof = proof_of(source, key, series)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))
