"""Accounts and real names: the deeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.password_change import change_password, finalize_password_set
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import is_headless_request
from allauth.headless.base.response import RateLimitResponse
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.module_loading import import_string

from lms.access.rules import SYSTEM, Actor, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.ids import readable_code
from lms.kernel.realtime import publish
from lms.people.gateways.cards import read_picture
from lms.people.gateways.sms import DevelopmentSms, gateway
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
from lms.people.rules import (
    ERASED_NAME,
    CardFacts,
    DocumentFacts,
    check_document,
    check_name,
    read_card,
    with_birth,
)
from lms.people.services.wording import KeptWords, forget_words, keep_words

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


def read_identity_card(*, user: User, picture: bytes, actor: Actor) -> CardFacts:
    """Return what a picture of an ID card says, to be checked by its person (拍照填写). The picture is dropped.

    Raises InvalidError at the field `photo`, or ReaderBusyError.
    """
    request, limits = context.request, {"card": settings.CARD_READING_LIMIT}
    if request is not None and not ratelimit.consume(
        request, app="people", action="card", config=limits, key=str(user.pk)
    ):
        sentence = "识别照片的次数已达上限，请过一小时再试，或直接手工填写。"
        raise InvalidError(sentence, fields={"photo": sentence}, code="too_many_photos")
    facts = read_card(read_picture(picture))
    record(actor, "people.card_read", user, has_name=bool(facts.name))
    return facts


def register_person(
    *,
    user: User,
    name: str,
    document_type: str,
    document_number: str,
    consent_version: str,
    actor: Actor,
    birth_date: date | None = None,
) -> Person:
    """Give an account its legal person (实名登记). `birth_date` is asked where the document's number does not tell it.

    Raises InvalidError with `fields`, or ConflictError `identity_taken` after a case was opened for the office.
    """
    facts = checked(name, document_type, document_number, birth_date)
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


def checked(name: str, document_type: str, document_number: str, birth_date: date | None) -> DocumentFacts:
    """Return the document's facts; every wrong field is named at once."""
    wrong: dict[str, str] = {}
    facts = None
    if document_type not in DocumentType.values:
        wrong["document_type"] = "请选择证件类型。"
    for check in (
        lambda: check_name(name),
        lambda: with_birth(
            check_document(document_type, document_number, today=clock.today()), birth_date, today=clock.today()
        ),
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
    opinion = opinion.strip()
    case = IdentityCase.objects.select_for_update().get(pk=case.pk)
    if case.state != IdentityCase.State.OPEN:
        raise ConflictError("这件争议已经处理过，请刷新页面查看结果。", code="case_decided")
    owner = case.person.merged_into or case.person
    if link and not User.objects.filter(pk=case.claimant_id, person=None).update(person=owner):
        raise ConflictError("申请人的账号已实名为另一个人，不能合并。请驳回并联系本人核实。", code="already_registered")
    kept = note_opinion(case, opinion, passed=link)
    case.state = IdentityCase.State.LINKED if link else IdentityCase.State.REJECTED
    case.note, case.words_hash = kept["note"], kept["words_hash"]
    case.decided_at, case.decided_by_id = clock.now(), actor.user_id
    case.save(update_fields=["state", "note", "words_hash", "decided_at", "decided_by"])
    record(actor, "people.case_decided", case, link=link)
    if link:
        sign_out_everywhere(case.claimant)
    return case


def note_opinion(case: IdentityCase, opinion: str, *, passed: bool) -> KeptWords:
    """Write into the evidence how the office decided whether an account is a person's; return what is kept of the opinion."""
    kept = keep_words(opinion, about=case.person)
    IdentityCheck.objects.create(
        person=case.person, user=case.claimant, method=IdentityCheck.Method.OFFICE, passed=passed, **kept
    )
    return kept


def sign_out_everywhere(user: User, reason: str = "person_changed") -> None:
    """End an account's sessions once it is certain that person or roles changed: they still carry the old ones."""

    def end() -> None:
        end_sessions(UserSession.objects.filter(user=user))
        tell_sockets(user_group(user.pk), 4401, reason)

    transaction.on_commit(end)


@transaction.atomic
def separate_account(*, case: IdentityCase, opinion: str, actor: Actor) -> IdentityCase:
    """Take an account out of the person that it was linked to by mistake (撤销合并): a new step, by somebody else.

    What was studied meanwhile stays with the person: it is evidence, and is corrected by entries where it is wrong.
    """
    require(actor, "people.resolve_case")
    if len(opinion.strip()) < 5:
        sentence = "请写明撤销合并的理由（至少5个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"opinion": sentence})
    case = IdentityCase.objects.select_for_update().get(pk=case.pk)
    if case.decided_by_id == actor.user_id:
        raise ForbiddenError("合并是您办理的，撤销须由另一位工作人员办理。", code="four_eyes")
    is_linked = case.state == IdentityCase.State.LINKED
    if not is_linked or not User.objects.filter(pk=case.claimant_id, person=case.person.owner_id).update(person=None):
        raise ConflictError("这个账号现在没有与该人员合并，请刷新页面查看。", code="not_linked")
    kept = note_opinion(case, opinion.strip(), passed=False)
    step = IdentityCase.objects.create(
        claimant=case.claimant,
        person=case.person,
        claimed_name=case.claimed_name,
        state=IdentityCase.State.SEPARATED,
        decided_at=clock.now(),
        decided_by_id=actor.user_id,
        **kept,
    )
    record(actor, "people.account_separated", step, case=str(case.uid))
    sign_out_everywhere(case.claimant)
    return step


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
    note_reason(case, "people.case_phones_revealed", reason, actor, about=case.person, also=case.claimant.person)
    holders = User.objects.filter(person_id=case.person_id).exclude(phone_index="").order_by("date_joined")
    return CasePhones(str(case.claimant.phone_sealed or ""), tuple(str(user.phone_sealed) for user in holders))


def note_reason(
    target: Any,
    action: str,
    reason: str,
    actor: Actor,
    *,
    about: Person | None,
    also: Person | None = None,
    days: int | None = None,
) -> None:
    """Note why somebody looks at what is masked of persons, sealed until they are erased, or for `days` where it is nobody's.

    Raises InvalidError without a reason.
    """
    if len(reason.strip()) < 5:
        sentence = "请写明查看理由（至少5个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"reason": sentence}, code="reason_needed")
    record(actor, action, target, **keep_words(reason.strip()[:200], about=about, also=also, days=days))


@transaction.atomic
def reveal_document(*, person: Person, reason: str, actor: Actor) -> str:
    """Return a document's full number, with the reason noted first (查看完整证件号)."""
    require(actor, "people.reveal")
    note_reason(person, "people.document_revealed", reason, actor, about=person)
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
def note_provider_check(*, person: Person, actor: Actor) -> None:
    """Write that a provider confirmed who somebody is: their real name is verified now (实人认证通过)."""
    IdentityCheck.objects.create(
        person=person, user_id=actor.user_id, method=IdentityCheck.Method.PROVIDER, passed=True
    )
    Person.objects.filter(pk=person.pk).update(assurance=Assurance.VERIFIED)
    record(actor, "people.verified", person)


@transaction.atomic
def erase_person(*, person: Person, reason: str, moment: datetime) -> None:
    """Erase who a person was and close their accounts; evidence stays and names nobody any more (个人信息清除).

    An account of staff is theirs beyond this person: it only loses the tie.
    """
    held = Person.objects.select_for_update().get(pk=person.pk)
    if held.erased_at is not None:
        return
    held.name, held.document_number, held.birth_date = ERASED_NAME, None, None
    held.document_index, held.assurance, held.erased_at = f"erased-{held.pk}", Assurance.NONE, moment
    held.save()
    users = User.objects.filter(person=held)
    cases = IdentityCase.objects.filter(Q(person=held) | Q(claimant__in=users))
    cases.update(claimed_name=ERASED_NAME)
    forget_words(held, moment, more=Q(pk__in=cases.values("note")))
    for user in users.filter(is_staff=False):
        erase_account(user)
    users.filter(is_staff=True).update(person=None)
    record(SYSTEM, "people.erased", held, reason=reason)


def erase_account(user: User) -> None:
    """Take everything personal out of an account, and nobody signs in with it again."""
    end_sessions(UserSession.objects.filter(user=user))
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    user.username, user.email, user.first_name, user.last_name = new_username(), "", "", ""
    user.phone_sealed, user.phone_index, user.phone_verified, user.is_active = None, "", False, False
    user.set_unusable_password()
    user.save()


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
