"""Load the dated reference tables: occupations, divisions, funding and person categories, consent texts."""

from typing import Any

from django.core.management.base import BaseCommand

from lms.planning.services import load_reference


class Command(BaseCommand):
    """Idempotent; needs no migration when a table gets a new date."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what is new."""
        for name, made in load_reference().items():
            self.stdout.write(f"{name}: {made} new")
