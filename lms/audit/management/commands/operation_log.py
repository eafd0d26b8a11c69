"""Print entries of the operation log with their reasons."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from lms.audit.queries import entries_about


class Command(BaseCommand):
    """Prints who did what, when and why (操作日志), the newest first; reasons about people as long as they are kept."""

    help = "Print the operation log: operation_log --action people.document_revealed --target UID --limit 50"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take what to look for."""
        parser.add_argument("--action", default="")
        parser.add_argument("--target", type=UUID, default=None)
        parser.add_argument("--limit", type=int, default=50)

    def handle(self, *args: Any, action: str, target: UUID | None, limit: int, **options: Any) -> None:
        """Print a line each."""
        for entry in entries_about(action=action, target=target, limit=limit):
            about = f"{entry.target_type} {entry.target_uid}" if entry.target_type else "—"
            who = f"user {entry.user_id} ({entry.role})" if entry.user_id else entry.role
            self.stdout.write(f"{entry.at.isoformat()}  {entry.action}  {who}  {about}  {entry.words}")
