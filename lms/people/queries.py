"""Reads of accounts and persons."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from lms.access.rules import Actor, require
from lms.kernel.errors import NotFoundError
from lms.kernel.sealing import blind_index
from lms.people.models import ConsentText, DocumentType, IdentityCase, Person, User
from lms.people.rules import device_name, mask_document, mask_name, mask_phone, plain


def document_index(number: str) -> str:
    """Return the key by which a document's number is found (证件盲索引)."""
    return blind_index(plain(number).upper(), "document")


def phone_index(phone: str) -> str:
    """Return the key by which a mobile number (+86…) is found (手机盲索引)."""
    return blind_index(phone, "phone")


def person_by_document(number: str, *, document_type: str = DocumentType.RESIDENT_ID) -> Person | None:
    """Return who holds a document, or nobody."""
    return Person.objects.filter(document_type=document_type, document_index=document_index(number)).first()


def user_by_phone(phone: str) -> User | None:
    """Return the account of a verified number. Unverified ones are not found: a squatter could wait for the owner."""
    return User.objects.filter(phone_index=phone_index(phone), phone_verified=True).first()


def current_consent(kind: str) -> ConsentText | None:
    """Return the newest text of a kind (告知同意书)."""
    return ConsentText.objects.filter(kind=kind).order_by("-effective_from", "-pk").first()


def watermark_of(user: Any) -> str:
    """Return whose screen it is, for people who film it: 王* 8000 (水印)."""
    name = mask_name(user.person.name) if user.person else ""
    return f"{name} {user.phone_sealed[-4:]}".strip() if user.phone_sealed else name


def open_cases(actor: Actor) -> QuerySet[IdentityCase]:
    """Return the identity cases that wait for the office, oldest first (待处理实名争议)."""
    require(actor, "people.resolve_case")
    cases = IdentityCase.objects.filter(state=IdentityCase.State.OPEN)
    return cases.select_related("claimant", "person").order_by("opened_at")


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in device (已登录设备)."""

    id: int
    name: str
    user_agent: str
    created_at: datetime
    is_current: bool


def devices_of(request: Any) -> list[Device]:
    """Return where the account is signed in, newest first (已登录的设备). Sessions that ended are left out."""
    current = request.session.session_key
    return [
        Device(row.pk, device_name(row.user_agent), row.user_agent, row.created_at, row.session_key == current)
        for row in sorted(UserSession.objects.purge_and_list(request.user), key=lambda row: row.pk, reverse=True)
    ]


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A person as screens show one: masked (脱敏的实名信息)."""

    name: str
    document_type: str
    document_number: str
    assurance: str


def shown_person(person: Person | None) -> ShownPerson | None:
    """Return a person, masked (脱敏的实名信息)."""
    if person is None:
        return None
    number = mask_document(str(person.document_number or ""))
    return ShownPerson(
        mask_name(person.name), person.get_document_type_display(), number, person.get_assurance_display()
    )


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An identity case as the office sees it (实名核查)."""

    uid: UUID
    claimed_name: str
    holder_name: str
    document_number: str
    claimant_phone: str
    claimant_since: datetime
    holder_phones: str
    holder_since: datetime | None
    opened_at: datetime


def case_rows(actor: Actor) -> list[CaseRow]:
    """Return the open cases, oldest first, numbers masked; the names are for comparing (待处理实名核查). Two queries."""
    cases = list(open_cases(actor))
    holders: dict[int | None, list[User]] = defaultdict(list)
    for user in User.objects.filter(person_id__in=[case.person_id for case in cases]).order_by("date_joined"):
        holders[user.person_id].append(user)
    return [
        CaseRow(
            uid=case.uid,
            claimed_name=case.claimed_name,
            holder_name=case.person.name,
            document_number=mask_document(str(case.person.document_number or "")),
            claimant_phone=shown_phone(case.claimant),
            claimant_since=case.claimant.date_joined,
            holder_phones="、".join(shown_phone(user) for user in holders[case.person_id]) or "没有账号",
            holder_since=next((user.date_joined for user in holders[case.person_id]), None),
            opened_at=case.opened_at,
        )
        for case in cases
    ]


def shown_phone(user: User) -> str:
    """Return an account's number, masked."""
    return mask_phone(user.phone_sealed) if user.phone_sealed else "未绑定"


def waiting_case(user: User) -> IdentityCase | None:
    """Return the identity case that an account waits for, if any (本人核查)."""
    return IdentityCase.objects.filter(claimant=user, state=IdentityCase.State.OPEN).order_by("-opened_at").first()


def case_for(actor: Actor, uid: UUID) -> IdentityCase:
    """Return a case of the office's desk. Raises NotFoundError."""
    require(actor, "people.resolve_case")
    case = IdentityCase.objects.filter(uid=uid).first()
    if case is None:
        raise NotFoundError("没有找到这件实名核查，请返回列表刷新。")
    return case


def session_group(session_key: str) -> str:
    """Return the socket group of a session; never the key itself: group names are visible in Redis."""
    return "session." + hashlib.sha256(session_key.encode()).hexdigest()[:40]


def user_group(user_id: int) -> str:
    """Return the socket group of an account."""
    return f"user.{user_id}"


def demand(request: Any) -> str | None:
    """Return what a signed-in account must do first: change_password, enrol_mfa, use_mfa, or nothing."""
    user = request.user
    if user.must_change_password:
        return "change_password"
    if user.is_staff and settings.STAFF_MFA_REQUIRED:
        if not is_mfa_enabled(user, ["totp", "webauthn"]):
            return "enrol_mfa"
        if not any(entry["method"] == "mfa" for entry in get_authentication_records(request, user)):
            return "use_mfa"  # came in by a door without allauth's stages
    return None


def proved_by_code(request: HttpRequest, *, within_seconds: int = 300) -> bool:
    """Return whether this session proved its number by a code a moment ago."""
    records = get_authentication_records(request, request.user)
    now = time.time()  # noqa: TID251 - allauth stamps its records with it
    return any(entry["method"] == "code" and now - entry["at"] < within_seconds for entry in records)


def session_is_idle(session: Any, user: Any, *, now: float) -> bool:
    """Return whether a staff session was left alone for too long."""
    seen = session.get("seen", 0)
    return bool(user.is_staff and seen and now - seen > settings.STAFF_IDLE_SECONDS)


def needs_renewal(session: Any, user: Any, *, now: float) -> bool:
    """Return whether to stamp the session: staff once a minute, others once a day (a token never renews by itself)."""
    return bool(now - session.get("seen", 0) > (60 if user.is_staff else 86_400))
