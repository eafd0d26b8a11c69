"""Load the demo district, or print how to sign in to it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.demo import district, persons


class Command(BaseCommand):
    """Builds the demo district through the services (示例区). Running it again changes nothing."""

    help = "Load the demo district (idempotent), or print its logins as JSON with --logins."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --logins."""
        parser.add_argument("--logins", action="store_true", help="print [{role, login, password, name}] and stop")

    def handle(self, *args: Any, logins: bool, **options: Any) -> None:
        """Build or print."""
        if not settings.DEMO_MODE:
            raise CommandError("the demo district exists in development only")
        if logins:
            self.stdout.write(json.dumps(persons.logins(), ensure_ascii=False))
            return
        district.build(say=lambda line: self.stdout.write(f"  {line}"))
