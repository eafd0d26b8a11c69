"""Give an account a role from the server: the first of the office, whom nobody could agree to."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.access.rules import ROLE_NAMES, UNIT_KINDS, Role
from lms.kernel.errors import DomainError
from lms.organisations.models import Organisation
from lms.organisations.queries import units_named
from lms.people.queries import account_named
from lms.people.services import appoint


class Command(BaseCommand):
    """Gives a role as by the system (服务器授予角色); the log has the reason."""

    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take account, role, unit and reason."""
        parser.add_argument("account", help="a verified mobile number or a username, in full")
        parser.add_argument("role", choices=[role for role in Role if role not in {Role.LEARNER, Role.SYSTEM}])
        parser.add_argument("--organisation", default="", help="full name or unified social credit code")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, account: str, role: str, organisation: str, reason: str, **options: Any) -> None:
        """Give it, and say so."""
        user = account_named(account)
        if user is None:
            raise CommandError("没有找到这个账号。请核对完整的手机号或用户名；还没有账号的，请本人先注册并验证手机号。")
        unit = unit_for(Role(role), organisation) if organisation else None
        try:
            appoint(user=user, role=Role(role), organisation=unit, reason=reason)
        except DomainError as error:
            raise CommandError(error.message) from error
        place = unit.name if unit else "全区"
        self.stdout.write(f"已授予 {user.username}：{ROLE_NAMES[Role(role)]}（{place}）")


def unit_for(role: Role, text: str) -> Organisation:
    """Return the unit of a name or code; of two of one name, the one at which the role is held."""
    found = list(units_named(text))
    if not found:
        raise CommandError(f"没有名称或统一社会信用代码为“{text}”的单位，请填写全称或代码。")
    return next((unit for unit in found if unit.kind == UNIT_KINDS.get(role)), found[0])
