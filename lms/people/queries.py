"""Reads of accounts and persons."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from lms.access.models import Grant
from lms.access.rules import Actor, require
from lms.kernel.errors import NotFoundError
from lms.kernel.sealing import blind_index
from lms.people.models import ConsentText, DocumentType, IdentityCase, Person, PersonMerge, RoleRequest, User
from lms.people.rules import (
    device_name,
    looks_like_phone,
    mask_document,
    mask_name,
    mask_phone,
    normalise_phone,
    plain,
)


def document_index(number: str) -> str:
    """Return the key by which a document's number is found (证件盲索引)."""
    return blind_index(plain(number).upper(), "document")


def phone_index(phone: str) -> str:
    """Return the key by which a mobile number (+86…) is found (手机盲索引)."""
    return blind_index(phone, "phone")


def record_by_document(number: str, *, document_type: str = DocumentType.RESIDENT_ID) -> Person | None:
    """Return the record that was made for a document, or none (证件对应的档案)."""
    found = Person.objects.filter(document_type=document_type, document_index=document_index(number))
    return found.select_related("merged_into").first()


def person_by_document(number: str, *, document_type: str = DocumentType.RESIDENT_ID) -> Person | None:
    """Return who holds a document, or nobody; of records that turned out to be one person's, the one that stayed."""
    found = record_by_document(number, document_type=document_type)
    return found.owner if found else None


def records_of(person_id: int | None) -> QuerySet[Person, dict[str, int]]:
    """Return the keys of all records of a person: the own one, and those merged into it (同一人的全部档案)."""
    own = Person.objects.filter(Q(pk=person_id or 0) | Q(merged_into=person_id or 0))
    return cast(QuerySet[Person, dict[str, int]], own.values("pk"))


def owner_of(person_id: int) -> Person:
    """Return the person whose record this is now. One query."""
    return Person.objects.select_related("merged_into").get(pk=person_id).owner


def owners_of(person_ids: Collection[int]) -> dict[int, int]:
    """Return whose the records of all these persons are, by record: for each of them and its merged ones. One query."""
    owner = Coalesce("merged_into_id", "pk")
    whose = Person.objects.filter(pk__in=person_ids).values_list(owner)
    found = Person.objects.filter(Q(pk__in=whose) | Q(merged_into__in=whose))
    return dict(found.annotate(whose=owner).values_list("pk", "whose"))


def family_of(person_id: int) -> list[int]:
    """Return the keys of all records of whose record this is, itself among them, in order. One query."""
    owner = Coalesce("merged_into_id", "pk")
    whose = Person.objects.filter(pk=person_id).values_list(owner)
    found = Person.objects.filter(Q(pk__in=whose) | Q(merged_into__in=whose))
    return list(found.order_by("pk").values_list("pk", flat=True))


def user_by_phone(phone: str) -> User | None:
    """Return the account of a verified number. Unverified ones are not found: a squatter could wait for the owner."""
    return User.objects.filter(phone_index=phone_index(phone), phone_verified=True).first()


def account_named(text: str) -> User | None:
    """Return the account of a verified number or of a username, typed in full; never a guess (按手机号或用户名找账号)."""
    if looks_like_phone(text):
        return user_by_phone(normalise_phone(text))
    return User.objects.filter(username=text.strip()).first()


def waiting_roles(actor: Actor) -> QuerySet[RoleRequest]:
    """Return the requests for roles that wait for a second person, oldest first (待复核的角色申请)."""
    require(actor, "access.view")
    return RoleRequest.objects.filter(state=RoleRequest.State.WAITING).order_by("pk")


def role_request_for(actor: Actor, uid: UUID) -> RoleRequest:
    """Return a request for a role. Raises NotFoundError."""
    require(actor, "access.view")
    related = ("user__person", "organisation", "by__person", "decided_by__person", "note", "opinion_note")
    found = RoleRequest.objects.filter(uid=uid).select_related(*related).first()
    if found is None:
        raise NotFoundError("没有找到这件角色申请，请返回列表刷新。")
    return found


def grant_for(actor: Actor, uid: UUID) -> Grant:
    """Return a role that an account holds. Raises NotFoundError."""
    require(actor, "access.view")
    found = Grant.objects.filter(uid=uid).select_related("user__person", "organisation").first()
    if found is None:
        raise NotFoundError("没有找到这个角色，可能已经撤销。请返回列表刷新。")
    return found


def accounts_with_roles(actor: Actor, *, role: str = "", unit: str = "", name: str = "") -> QuerySet[User]:
    """Return the accounts that hold a role, with all their roles, by username (账号与角色). Two queries with the roles.

    `role`, `unit` (its uid) narrow to who holds that role there; `name`: part of the real name or of the username.
    """
    require(actor, "access.view")
    held = Grant.objects.filter(user=OuterRef("pk"))
    if role:
        held = held.filter(role=role)
    if unit:
        held = held.filter(organisation__uid=unit)
    found = User.objects.filter(Exists(held)).select_related("person").order_by("username")
    if name:
        found = found.filter(
            Q(person__name__contains=name) | Q(first_name__contains=name) | Q(username__icontains=name)
        )
    grants = Grant.objects.select_related("organisation").order_by("pk")
    return found.prefetch_related(Prefetch("grants", grants))


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
    merged: list[ShownDocument]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document of a record that was merged into a person, masked (已并入档案的证件)."""

    document_type: str
    document_number: str


def merged_documents(person: Person) -> list[ShownDocument]:
    """Return the documents of the records that were merged into a person, oldest first (已并入的证件). One query."""
    return [
        ShownDocument(one.get_document_type_display(), mask_document(str(one.document_number or "")))
        for one in Person.objects.filter(merged_into=person).order_by("pk")
    ]


def shown_person(person: Person | None) -> ShownPerson | None:
    """Return a person, masked (脱敏的实名信息)."""
    if person is None:
        return None
    number = mask_document(str(person.document_number or ""))
    return ShownPerson(
        mask_name(person.name),
        person.get_document_type_display(),
        number,
        person.get_assurance_display(),
        merged_documents(person),
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


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """An account that the office has linked to a person (已合并账号)."""

    uid: UUID
    name: str
    claimant_phone: str
    decided_at: datetime | None
    decided_by: str
    opinion: str
    is_own: bool  # decided by who looks: the undoing is somebody else's


def linked_rows(actor: Actor, most: int = 50) -> list[LinkedRow]:
    """Return the newest links that hold, for undoing one (已合并账号). One query."""
    require(actor, "people.resolve_case")
    held = Q(claimant__person=F("person")) | Q(claimant__person=F("person__merged_into"))
    cases = IdentityCase.objects.filter(held, state=IdentityCase.State.LINKED)
    newest = cases.select_related("claimant", "person", "decided_by", "note").order_by("-decided_at", "-pk")
    standing: dict[int, IdentityCase] = {}
    for case in newest[:most]:
        standing.setdefault(case.claimant_id, case)  # linked again after an undoing: only the newest stands
    return [
        LinkedRow(
            uid=case.uid,
            name=case.person.name,
            claimant_phone=shown_phone(case.claimant),
            decided_at=case.decided_at,
            decided_by=case.decided_by.get_username() if case.decided_by else "",
            opinion=case.words,
            is_own=case.decided_by_id == actor.user_id,
        )
        for case in standing.values()
    ]


def shown_phone(user: User) -> str:
    """Return an account's number, masked."""
    return mask_phone(user.phone_sealed) if user.phone_sealed else "未绑定"


def own_email(user: User) -> str:
    """Return the address at which an account may be written to, nothing without one (已确认的邮箱)."""
    found = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    return found.values_list("email", flat=True).first() or ""


def own_case(user: User) -> IdentityCase | None:
    """Return the identity case that an account waits for, else how the newest one ended (本人核查)."""
    cases = IdentityCase.objects.filter(claimant=user)
    is_open = Case(When(state=IdentityCase.State.OPEN, then=0), default=1)
    return cases.order_by(is_open, "-opened_at", "-pk").first()


def case_for(actor: Actor, uid: UUID) -> IdentityCase:
    """Return a case of the office's desk. Raises NotFoundError."""
    require(actor, "people.resolve_case")
    case = IdentityCase.objects.filter(uid=uid).first()
    if case is None:
        raise NotFoundError("没有找到这件实名核查，请返回列表刷新。")
    return case


def record_for(actor: Actor, uid: UUID) -> Person:
    """Return a record for comparing it with another. Raises NotFoundError."""
    require(actor, "people.resolve_case")
    found = Person.objects.filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这份档案，请重新查找。")
    return found


def waiting_merges(actor: Actor) -> QuerySet[PersonMerge]:
    """Return the merges that wait for a second pair of eyes, oldest first (待复核的合并)."""
    require(actor, "people.resolve_case")
    return PersonMerge.objects.filter(steps=None).order_by("pk")


def merge_for(actor: Actor, uid: UUID) -> PersonMerge:
    """Return a merge of the office's desk. Raises NotFoundError."""
    require(actor, "people.resolve_case")
    found = PersonMerge.objects.filter(uid=uid).select_related("survivor", "absorbed", "by__person", "note").first()
    if found is None:
        raise NotFoundError("没有找到这件人员合并，请返回列表刷新。")
    return found


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


def persons_by_token(tokens: Collection[str], moment: datetime) -> dict[str, int]:
    """Return whose learning sessions' tokens are for, of those for whom nothing else is to be done. Two queries.

    Left out: who is unknown, expired or signed out, staff (they may be idle, or owe a second factor), who must change a
    password, and whose session is to be stamped. All of these are asked one by one, at the door that can do it.
    """
    rows = Session.objects.filter(session_key__in=tokens, expire_date__gt=moment)
    store = SessionStore()
    held = {row.session_key: store.decode(row.session_data) for row in rows}
    users = plain_accounts({data.get(SESSION_KEY) for data in held.values()})
    found = {}
    for token, data in held.items():
        user = users.get(str(data.get(SESSION_KEY)))
        if user and is_signed_in(user, data) and not needs_renewal(data, user, now=moment.timestamp()):
            found[token] = user.person_id
    return found


def unchanged_sessions(passwords: Mapping[str, tuple[int, str]], moment: datetime) -> set[str]:
    """Return which sessions are as they were when their account came in (未变化的会话). Two statements for all of them.

    That is: not over, the account active, its password the same.
    passwords: account and password's hash as they were, by the session's key. Of what is left out nothing is known: ask
    for each of those at the door.
    """
    there = Session.objects.filter(session_key__in=passwords, expire_date__gt=moment)
    accounts = User.objects.filter(pk__in={pk for pk, _ in passwords.values()}, is_active=True)
    now = dict(accounts.values_list("pk", "password"))
    return {
        key for key in there.values_list("session_key", flat=True) if now.get(passwords[key][0]) == passwords[key][1]
    }


def plain_accounts(ids: Iterable[Any]) -> dict[str, Any]:
    """Return the active accounts of learners who owe nothing, by their id as sessions hold it."""
    whole = [pk for pk in ids if str(pk).isdecimal()]
    rows = User.objects.filter(pk__in=whole, is_active=True, is_staff=False, must_change_password=False)
    return {str(user.pk): user for user in rows.exclude(person=None).only("password", "person_id", "is_staff")}


def is_signed_in(user: Any, data: dict[str, Any]) -> bool:
    """Return whether a session's data is a sign-in that holds: through a door of ours, before no change of the password."""
    came_in = data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    return came_in and constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def needs_renewal(session: Any, user: Any, *, now: float) -> bool:
    """Return whether to stamp the session: staff once a minute, others once a day (a token never renews by itself)."""
    return bool(now - session.get("seen", 0) > (60 if user.is_staff else 86_400))


def address_of(request: HttpRequest) -> str:
    """Return the network address of who asks, behind as many proxies as are trusted; nothing where it is not known."""
    with suppress(PermissionDenied):
        return str(get_adapter().get_client_ip(request))
    return ""
