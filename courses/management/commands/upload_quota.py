"""Show or change how much room an institution has for its videos' files."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.queries.uploads import room_of
from courses.services.quotas import set_quota
from lms.access.rules import SYSTEM
from lms.organisations.models import Organisation


class Command(BaseCommand):
    """Room of an institution (上传空间)."""

    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the institution, and room and reason to change it."""
        parser.add_argument("name", help="the institution's full name")
        parser.add_argument("gigabytes", nargs="?", type=int)
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, name: str, gigabytes: int | None, reason: str, **options: Any) -> None:
        """Change it if told to, and say how it stands."""
        institution = Organisation.objects.filter(kind=Organisation.Kind.INSTITUTION, name=name).first()
        if institution is None:
            raise CommandError(f"没有名为“{name}”的培训机构，请填写全称。")
        if gigabytes is not None:
            if not reason:
                raise CommandError("请用 --reason 说明为什么调整。")
            set_quota(institution=institution, gigabytes=gigabytes, reason=reason, actor=SYSTEM)
        self.stdout.write(f"{name}：{room_of(institution).sentence}")
