"""Wrap the data keys anew after the environment's key has changed."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from lms.kernel.sealing import rewrap_keys


class Command(BaseCommand):
    """Rewraps data keys by SEALING_KEY (主密钥轮换); see docs/operations.md."""

    help = "Wrap all data keys by SEALING_KEY; afterwards SEALING_KEY_PREVIOUS may be removed from the environment."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take --new-data-key."""
        parser.add_argument("--new-data-key", action="store_true", help="seal with a new data key from now on")

    def handle(self, *args: Any, new_data_key: bool, **options: Any) -> None:
        """Rewrap."""
        self.stdout.write(f"{rewrap_keys(new_data_key=new_data_key)} data keys are wrapped by the current key.")
