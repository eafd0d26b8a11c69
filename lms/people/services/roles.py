"""Roles of accounts: asked for by one of the office, given by another, ended at once; all with a reason (角色管理)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from lms.access.models import Grant
from lms.access.rules import SYSTEM, Actor, Role, is_oneself, require, unit_obstacle
from lms.access.services import end_grant, grant_role
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.people.models import RoleRequest, User
from lms.people.services.accounts import sign_out_everywhere
from lms.people.services.merging import checked_words
from lms.people.services.wording import keep_words

State = RoleRequest.State
REASON = "请写明理由（至少5个字），它将留痕备查。"
HELD = "该账号已经持有这个角色，不需要再授予。请核对账号和角色。"


@transaction.atomic
def ask_role(*, user: User, role: Role, organisation: Any | None, reason: str, actor: Actor) -> RoleRequest:
    """Ask for a role for an account (申请授予角色). Nothing changes before somebody else has agreed.

    Raises InvalidError at a field, ForbiddenError for oneself, ConflictError where it is held or asked for already.
    """
    require(actor, "access.ask")
    refuse_oneself(actor, user, "不能为自己申请角色，请由另一位工作人员办理。")
    words = checked_words(reason, "reason", REASON)
    refuse_obstacle(user, role, organisation)
    kept = keep_words(words, about=user.person)
    try:
        with transaction.atomic():
            made = RoleRequest.objects.create(
                user=user, role=role, organisation=organisation, by_id=actor.user_id, **kept
            )
    except IntegrityError as error:
        raise ConflictError("这个账号的同一角色已有申请在等待复核，请先办理那一件。", code="role_waiting") from error
    unit = str(organisation.uid) if organisation else ""
    record(actor, "access.role_asked", made, **kept, role=role, organisation=unit, user=str(user.uid))
    return made


@transaction.atomic
def decide_role(*, asked: RoleRequest, agrees: bool, opinion: str, actor: Actor) -> RoleRequest:
    """Give the role that was asked for, or send the request back (复核角色申请). Never by who asked, nor by whom it is for."""
    require(actor, "access.decide")
    words = checked_words(opinion, "opinion", "请写明复核意见（至少5个字），它将留痕备查。")
    require_lead(actor)
    held = RoleRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if held.state != State.WAITING:
        raise ConflictError("这件申请已由其他人办理，请刷新页面查看结果。", code="role_decided")
    refuse_oneself(actor, held.by, "这件申请是您提出的，复核须由另一位工作人员办理。", code="four_eyes")
    refuse_oneself(actor, held.user, "不能复核自己的角色申请，请由另一位工作人员办理。")
    role, unit = Role(held.role), held.organisation
    if agrees:
        refuse_obstacle(held.user, role, unit)
    kept = keep_words(words, about=held.user.person)
    held.state = State.GRANTED if agrees else State.RETURNED
    held.decided_by_id, held.decided_at = actor.user_id, clock.now()
    held.opinion_note, held.opinion_hash = kept["note"], kept["words_hash"]
    held.save(update_fields=["state", "decided_by", "decided_at", "opinion_note", "opinion_hash"])
    if agrees:
        grant_role(user=held.user, role=role, organisation=unit, actor=actor, **kept)
    else:
        record(actor, "access.role_returned", held, **kept, role=role, user=str(held.user.uid))
    return held


@transaction.atomic
def end_role(*, grant: Grant, reason: str, actor: Actor) -> None:
    """End a role at once and sign the account out everywhere (撤销角色). Never one's own, nor the last lead's.

    One person is enough: what is taken in error is asked for again, what is left in error does harm.
    """
    require(actor, "access.end")
    refuse_oneself(actor, grant.user, "不能撤销自己的角色，请由另一位复核人办理。")
    words = checked_words(reason, "reason", REASON)
    leads = require_lead(actor)
    if grant.role == Role.OFFICE_CHECKER and not leads - {grant.user_id}:
        raise ConflictError("这是区办最后一位复核人，不能撤销。请先授予另一位复核人。", code="last_lead")
    end_grant(grant=grant, actor=actor, **keep_words(words, about=grant.user.person))
    sign_out_everywhere(grant.user, "role_ended")


@transaction.atomic
def appoint(*, user: User, role: Role, organisation: Any | None, reason: str) -> Grant:
    """Give a role by who has the server (服务器授予角色): the first of the office, whom nobody could agree to."""
    words = checked_words(reason, "reason", REASON)
    refuse_obstacle(user, role, organisation)
    kept = keep_words(words, about=user.person)
    return grant_role(user=user, role=role, organisation=organisation, actor=SYSTEM, **kept)


def require_lead(actor: Actor) -> set[int]:
    """Return the accounts of the office's leads, held until the deed is done; roles change one after another.

    Raises ForbiddenError for a lead whose own role was ended a moment ago.
    """
    held = Grant.objects.select_for_update(of=("self",)).filter(role=Role.OFFICE_CHECKER, user__is_active=True)
    leads = {grant.user_id for grant in held.order_by("pk")}
    if actor.user_id not in leads:
        raise ForbiddenError("您的复核人角色刚刚被撤销，不能再办理。如有疑问，请联系区办负责人。", code="not_lead")
    return leads


def refuse_oneself(actor: Actor, user: User | None, sentence: str, *, code: str = "oneself") -> None:
    """Raise ForbiddenError where an account is the actor's own, or another of the same person's."""
    if user is not None and is_oneself(actor, user_id=user.pk, person_id=user.person_id):
        raise ForbiddenError(sentence, code=code)


def refuse_obstacle(user: User, role: Role, organisation: Any | None) -> None:
    """Raise InvalidError at the field, or ConflictError, where an account cannot have a role at a unit."""
    if not user.is_active:
        sentence = "这个账号已停用，不能授予角色。请让本人重新注册账号。"
        raise InvalidError(sentence, fields={"account": sentence}, code="account_closed")
    sentence = unit_obstacle(role, organisation.kind if organisation else None)
    if sentence:
        raise InvalidError(sentence, fields={"unit": sentence}, code="wrong_unit")
    if Grant.objects.filter(user=user, role=role, organisation=organisation).exists():
        raise ConflictError(HELD, code="role_held")
