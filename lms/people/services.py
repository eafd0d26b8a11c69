"""Accounts and real names: the deeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.password_change import change_password, finalize_password_set
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import is_headless_request
from allauth.headless.base.response import RateLimitResponse
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.module_loading import import_string

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.ids import readable_code
from lms.kernel.realtime import publish
from lms.people.gateways import DevelopmentSms, gateway
from lms.people.models import (
    Assurance,
    Consent,
    ConsentText,
    DocumentType,
    IdentityCase,
    IdentityCheck,
    Person,
    PersonCategory,
    User,
)
from lms.people.queries import (
    document_index,
    person_by_document,
    phone_index,
    proved_by_code,
    session_group,
    user_group,
)
from lms.people.rules import DocumentFacts, check_document, check_name

REAL_NAME = "real_name"
TAKEN = "这个证件号码已由另一个账号实名。我们已为您登记核查，区办将在3个工作日内与您联系；也可携带证件到区办现场办理。"
REGISTERED = "您的账号已完成实名，不能改为另一个人。如填写有误，请联系区办更正。"
MOST_OPEN_CASES = 3  # an account that tries number after number must not fill the office's desk
AFTER_REGISTRATION: list[str] = []


def when_registered(function: str) -> None:
    """Have `function(person)` called in the transaction of a real-name registration; higher apps name theirs."""
    if function not in AFTER_REGISTRATION:
        AFTER_REGISTRATION.append(function)


def new_username() -> str:
    """Return an opaque account name: Wagtail prints it, so it is never personal."""
    return "u" + readable_code(11)


@transaction.atomic
def shell_account(phone: str) -> User:
    """Return the account-to-be of a number (+86…): no credentials, number unverified, one per number."""
    index = phone_index(phone)
    nobody = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    shells = User.objects.filter(nobody, phone_index=index, phone_verified=False, last_login=None)
    if shell := shells.first():
        return shell
    shell = User(username=new_username())
    shell.set_unusable_password()
    store_phone(shell, phone, verified=False)
    return shell


def store_phone(user: User, phone: str, *, verified: bool) -> None:
    """Seal a number into an account (手机号入库)."""
    user.phone_sealed, user.phone_index, user.phone_verified = phone, phone_index(phone), verified
    user.save()


def send_sms(phone: str, template: str, **parameters: str) -> None:
    """Send within the limits. The daily cap per number is also what bounds the guessing of codes."""
    request = context.request
    limits = {"sms": settings.SMS["limit"]}
    if request is not None and not ratelimit.consume(request, app="people", action="sms", config=limits, key=phone):
        if is_headless_request(request):
            raise ImmediateHttpResponse(RateLimitResponse(request))
        raise ImmediateHttpResponse(ratelimit.handler429(request))
    gateway().send(phone, template, parameters)


def development_messages() -> list[dict[str, str]] | None:
    """Return the newest messages of the development gateway, or None where real ones are sent."""
    made = gateway()
    return made.latest() if settings.DEMO_MODE and isinstance(made, DevelopmentSms) else None


def register_person(
    *, user: User, name: str, document_type: str, document_number: str, consent_version: str, actor: Actor
) -> Person:
    """Give an account its legal person (实名登记).

    Raises InvalidError with `fields`, or ConflictError `identity_taken` after a case was opened for the office.
    """
    facts = checked(name, document_type, document_number)
    consent = agreed_text(consent_version)
    holder = person_by_document(facts.number, document_type=document_type)
    if holder is None:
        try:
            return make_person(user, check_name(name), document_type, facts, consent, actor)
        except IntegrityError:  # somebody else registered the same number in this very moment
            holder = person_by_document(facts.number, document_type=document_type)
            if holder is None:
                raise
    if user.person_id == holder.pk:
        return holder
    if user.person_id is not None:
        raise ConflictError(REGISTERED, code="already_registered")
    open_case(user, holder, check_name(name), actor)
    raise ConflictError(TAKEN, code="identity_taken")


def checked(name: str, document_type: str, document_number: str) -> DocumentFacts:
    """Return the document's facts; every wrong field is named at once."""
    wrong: dict[str, str] = {}
    facts = None
    if document_type not in DocumentType.values:
        wrong["document_type"] = "请选择证件类型。"
    for check in (
        lambda: check_name(name),
        lambda: check_document(document_type, document_number, today=clock.today()),
    ):
        try:
            facts = check()
        except InvalidError as error:
            wrong |= error.fields
    if wrong or not isinstance(facts, DocumentFacts):
        raise InvalidError("有几处需要改正，请看红字提示。", fields=wrong)
    return facts


def agreed_text(version: str) -> ConsentText:
    """Return the text that was agreed to; an outdated one must be read again."""
    text = ConsentText.objects.filter(kind=REAL_NAME).order_by("-effective_from", "-pk").first()
    if text is None or text.version != version:
        sentence = "请阅读并勾选同意最新版《个人信息处理告知书》。"
        raise InvalidError(sentence, fields={"consent_version": sentence}, code="consent_needed")
    return text


@transaction.atomic
def make_person(
    user: User, name: str, document_type: str, facts: DocumentFacts, consent: ConsentText, actor: Actor
) -> Person:
    """Write the person, the check and the consent in one transaction."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.person_id is not None:
        raise ConflictError(REGISTERED, code="already_registered")
    person = Person.objects.create(
        name=name,
        document_type=document_type,
        document_number=facts.number,
        document_index=document_index(facts.number),
        birth_date=facts.birth_date,
        assurance=Assurance.DECLARED,
    )
    locked.person = user.person = person
    locked.save(update_fields=["person"])
    user.__dict__.pop("_actor", None)
    Consent.objects.create(user=user, text=consent)
    IdentityCheck.objects.create(person=person, user=user, method=IdentityCheck.Method.CHECKSUM, passed=True)
    record(actor, "people.registered", person, document_type=document_type, consent=consent.version)
    for name_of_function in AFTER_REGISTRATION:
        follow: Callable[[Person], object] = import_string(name_of_function)
        follow(person)
    return person


def open_case(user: User, holder: Person, name: str, actor: Actor) -> IdentityCase:
    """Open the office's case once (实名争议)."""
    mine = IdentityCase.objects.filter(claimant=user)
    others = mine.filter(state=IdentityCase.State.OPEN).exclude(person=holder)
    if others.count() >= MOST_OPEN_CASES:
        raise ConflictError("您已有几件实名核查在办理，请等区办处理后再填写。", code="too_many_cases")
    try:
        with transaction.atomic():
            case = IdentityCase.objects.create(claimant=user, person=holder, claimed_name=name)
            record(actor, "people.case_opened", case)
            return case
    except IntegrityError:
        return mine.filter(person=holder).latest("opened_at")


@transaction.atomic
def decide_identity_case(
    *, case: IdentityCase, link: bool, opinion: str, actor: Actor, is_verified: bool = False
) -> IdentityCase:
    """Decide a case: the claimant is the same person (both accounts belong to it), or is refused (实名争议处理).

    Nobody is linked without having been called or seen: `is_verified` is the office's word for it.
    """
    require(actor, "people.resolve_case")
    if len(opinion.strip()) < 5:
        sentence = "请写明处理意见（至少5个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"opinion": sentence})
    if link and not is_verified:
        sentence = "合并之前，请先核实双方是同一人，并勾选下面的确认。"
        raise InvalidError(sentence, fields={"verified": sentence}, code="not_verified")
    case = IdentityCase.objects.select_for_update().get(pk=case.pk)
    if case.state != IdentityCase.State.OPEN:
        raise ConflictError("这件争议已经处理过，请刷新页面查看结果。", code="case_decided")
    if link and not User.objects.filter(pk=case.claimant_id, person=None).update(person=case.person):
        raise ConflictError("申请人的账号已实名为另一个人，不能合并。请驳回并联系本人核实。", code="already_registered")
    IdentityCheck.objects.create(
        person=case.person, user=case.claimant, method=IdentityCheck.Method.OFFICE, passed=link
    )
    case.state = IdentityCase.State.LINKED if link else IdentityCase.State.REJECTED
    case.opinion, case.decided_at, case.decided_by_id = opinion.strip(), clock.now(), actor.user_id
    case.save(update_fields=["state", "opinion", "decided_at", "decided_by"])
    record(actor, "people.case_decided", case, reason=case.opinion, link=link)
    return case


@dataclass(frozen=True, slots=True)
class CasePhones:
    """The full numbers of both sides of a case, for calling (争议双方电话)."""

    claimant: str
    holders: tuple[str, ...]


@transaction.atomic
def reveal_case_phones(*, case: IdentityCase, reason: str, actor: Actor) -> CasePhones:
    """Return both sides' full numbers, with the reason noted first (查看争议双方电话)."""
    require(actor, "people.resolve_case")
    require(actor, "people.reveal")
    note_reason(case, "people.case_phones_revealed", reason, actor)
    holders = User.objects.filter(person_id=case.person_id).exclude(phone_index="").order_by("date_joined")
    return CasePhones(str(case.claimant.phone_sealed or ""), tuple(str(user.phone_sealed) for user in holders))


def note_reason(target: Any, action: str, reason: str, actor: Actor) -> None:
    """Note why somebody looks at what is masked. Raises InvalidError without a reason."""
    if len(reason.strip()) < 5:
        sentence = "请写明查看理由（至少5个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"reason": sentence}, code="reason_needed")
    record(actor, action, target, reason=reason.strip())


@transaction.atomic
def reveal_document(*, person: Person, reason: str, actor: Actor) -> str:
    """Return a document's full number, with the reason noted first (查看完整证件号)."""
    require(actor, "people.reveal")
    note_reason(person, "people.document_revealed", reason, actor)
    if person.document_number is None:
        raise NotFoundError("该人员的证件号码已按保存期限删除。")
    return str(person.document_number)


@transaction.atomic
def withdraw_consent(*, consent: Consent, actor: Actor) -> Consent:
    """Withdraw a consent, as easily as it was given (撤回同意)."""
    if consent.user_id != actor.user_id:
        raise NotFoundError("没有找到这份同意记录。")
    if consent.withdrawn_at is None:
        consent.withdrawn_at = clock.now()
        consent.save(update_fields=["withdrawn_at"])
        record(actor, "people.consent_withdrawn", consent)
    return consent


@transaction.atomic
def set_large_type(*, user: User, on: bool) -> None:
    """Remember 长辈版 for an account."""
    user.large_type = on
    user.save(update_fields=["large_type"])


@transaction.atomic
def load_consent_texts(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load versions of the consent texts; a version that is there stays as it is. Returns how many are new."""
    made = 0
    for row in rows:
        defaults = {**row, "effective_from": date.fromisoformat(row["effective_from"])}
        made += ConsentText.objects.get_or_create(kind=row["kind"], version=row["version"], defaults=defaults)[1]
    return made


@transaction.atomic
def load_person_categories(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load dated person categories (人员类别). Returns how many are new."""
    made = 0
    for row in rows:
        start = date.fromisoformat(row["valid_from"])
        end = date.fromisoformat(row["valid_to"]) if row.get("valid_to") else None
        defaults = {"name": row["name"], "valid_to": end, "source": row["source"]}
        made += PersonCategory.objects.update_or_create(code=row["code"], valid_from=start, defaults=defaults)[1]
    return made


def tell_sockets(group: str, code: int, reason: str) -> None:
    """Close open sockets of a session or an account at once."""
    publish(group, {"type": "revoked", "code": code, "reason": reason})


def end_sessions(sessions: Iterable[Any]) -> None:
    """End sessions and close their sockets (让设备退出登录)."""
    for session in sessions:
        session.end()
        tell_sockets(session_group(session.session_key), 4403, "session_ended")


def end_device(*, user: User, device_id: int) -> None:
    """Sign one of an account's devices out (让一台设备退出登录)."""
    session = UserSession.objects.filter(user=user, pk=device_id).first()
    if session is None:
        raise NotFoundError("没有找到这台设备，可能已经退出登录。")
    end_sessions([session])


def set_password_by_code(request: Any, password: str) -> None:
    """Set a password for whoever proved the number by a code a moment ago (用验证码设置新密码).

    allauth resets by e-mail only, which learners do not have. All other sessions of the account end.
    """
    if not proved_by_code(request):
        raise ForbiddenError("为了账号安全，请先用短信验证码重新登录，再设置新密码。", code="reauthenticate_by_code")
    try:
        get_adapter().clean_password(password, user=request.user)
    except ValidationError as error:
        sentence = " ".join(error.messages)
        raise InvalidError(sentence, fields={"password": sentence}, code="password_weak") from error
    change_password(request.user, password)
    finalize_password_set(request, request.user)


def purge_shells(moment: datetime) -> None:
    """Delete accounts-to-be whose number was never verified within a day, and sessions that expired (每日清理)."""
    nobody = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    shells = User.objects.filter(nobody, phone_verified=False, last_login=None, person=None, is_staff=False)
    shells.exclude(phone_index="").filter(date_joined__lt=moment - timedelta(days=1)).delete()
    call_command("clearsessions")


def limit_sessions(request: HttpRequest, user: User) -> None:
    """End the oldest sessions beyond the limit (同时登录数); staff sessions end when idle."""
    keep = settings.SESSION_LIMITS["staff" if user.is_staff else "learner"]
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    end_sessions(others.order_by("-created_at", "-pk")[keep - 1 :])
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_IDLE_SECONDS)


def on_signed_out(request: HttpRequest | None, user: User | None) -> None:
    """Close the sockets of a session that signs out; it is told before it is flushed."""
    if user is not None and request is not None and request.session.session_key:
        tell_sockets(session_group(request.session.session_key), 4401, "logged_out")


def on_password_changed(user: User) -> None:
    """Close all sockets of the account: the session's key has changed."""
    tell_sockets(user_group(user.pk), 4401, "password_changed")


def on_account_saved(user: User) -> None:
    """Close all sockets of an account that was switched off."""
    if not user.is_active:
        tell_sockets(user_group(user.pk), 4403, "inactive")


def on_factor_added(request: HttpRequest, user: User, authenticator: Any) -> None:
    """Having just proven the new factor counts as having used it: no second sign-in after enrolment."""
    if authenticator.type in {"totp", "webauthn"}:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
