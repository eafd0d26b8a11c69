"""What the office's pages of accounts and their roles show (账号与角色)."""

from __future__ import annotations

from dataclasses import dataclass

from lms.access.models import Grant
from lms.access.rules import ROLE_NAMES, Actor, Role, is_oneself, is_permitted
from lms.organisations.models import Organisation
from lms.people.models import RoleRequest, User
from lms.people.queries import shown_phone, waiting_roles
from lms.people.rules import mask_name
from lms.portal.workspaces import staff_name

MOST = 50
DISTRICT = "全区"


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role that an account holds, and whether who looks may end it (角色)."""

    grant: Grant
    role: str
    unit: str
    may_end: bool


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the list (账号)."""

    user: User
    name: str
    phone: str
    roles: list[RoleLine]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request for a role as it is read (角色申请). `hindrance`: why who looks may not decide it."""

    request: RoleRequest
    who: str
    phone: str
    role: str
    unit: str
    by: str
    decided_by: str
    hindrance: str


def unit_name(unit: Organisation | None) -> str:
    """Return where a role is held."""
    return unit.name if unit else DISTRICT


def account_row(actor: Actor, user: User) -> AccountRow:
    """Return an account with its roles; load them with it."""
    may_end = is_permitted(actor, "access.end") and not is_oneself(actor, user_id=user.pk, person_id=user.person_id)
    roles = [
        RoleLine(one, ROLE_NAMES[Role(one.role)], unit_name(one.organisation), may_end) for one in user.grants.all()
    ]
    return AccountRow(user, staff_name(user), shown_phone(user), roles)


def request_row(actor: Actor, asked: RoleRequest) -> RequestRow:
    """Return a request; who is not staff yet is masked."""
    user = asked.user
    return RequestRow(
        asked,
        who=staff_name(user) if user.is_staff else mask_name(staff_name(user)),
        phone=shown_phone(user),
        role=asked.role_name,
        unit=unit_name(asked.organisation),
        by=staff_name(asked.by),
        decided_by=staff_name(asked.decided_by),
        hindrance=hindrance(actor, asked),
    )


def hindrance(actor: Actor, asked: RoleRequest) -> str:
    """Return why the actor cannot decide a request, with who can."""
    if not is_permitted(actor, "access.decide"):
        return "等区办复核人复核。"
    if asked.by and is_oneself(actor, user_id=asked.by_id, person_id=asked.by.person_id):
        return "这件申请是您提出的，须由另一位复核人复核。"
    if is_oneself(actor, user_id=asked.user_id, person_id=asked.user.person_id):
        return "这件申请是为您本人提出的，须由另一位复核人复核。"
    return ""


def waiting_rows(actor: Actor) -> list[RequestRow]:
    """Return the requests that wait, oldest first. One query."""
    related = ("user__person", "organisation", "by__person", "decided_by__person")
    return [request_row(actor, one) for one in waiting_roles(actor).select_related(*related)[:MOST]]


def decided_rows(actor: Actor) -> list[RequestRow]:
    """Return the requests that were decided last, the newest first. One query."""
    related = ("user__person", "organisation", "by__person", "decided_by__person")
    decided = RoleRequest.objects.exclude(state=RoleRequest.State.WAITING).select_related(*related)
    return [request_row(actor, one) for one in decided.order_by("-decided_at", "-pk")[:10]]
