"""Binding a WeChat user to an account of ours, so that notices reach them there (绑定微信)."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.people.models import Person, User
from lms.wechat import gateways
from lms.wechat.gateways import WeChatDownError, WeChatError
from lms.wechat.models import WeChatAccount
from lms.wechat.services.tokens import with_token

SPENT = "微信授权已失效，请回到“消息设置”重新点“绑定微信”。"
SNAPSHOT = "当前是微信的快照页，不能绑定。请点页面下方的“使用完整服务”，再绑定微信。"
TAKEN = "这个微信已绑定另一个账号。请先在那个账号里解除绑定，或换一个微信。"


def bind_wechat(*, user: User, code: str, actor: Actor) -> WeChatAccount:
    """Bind whoever WeChat says this is; return the binding. Raises InvalidError, ConflictError, WeChatDownError.

    A snapshot page's user is nobody: WeChat makes them up.
    """
    try:
        known = gateways.who_consented(code)
    except WeChatError as refusal:
        raise InvalidError(SPENT, code="wechat_code") from refusal
    if known.is_snapshot:
        raise InvalidError(SNAPSHOT, code="wechat_snapshot")
    return bound(user, known, follows=is_follower(known.openid), actor=actor)


def is_follower(openid: str) -> bool:
    """Return whether somebody follows the account; where WeChat does not say, the next event will."""
    try:
        return with_token(lambda access: gateways.follows(access, openid))
    except (WeChatError, WeChatDownError):
        return False


def bound(user: User, known: gateways.Consented, *, follows: bool, actor: Actor) -> WeChatAccount:
    """Write the binding: one WeChat user of an account, one account of a WeChat user."""
    appid, moment = settings.WECHAT["appid"], clock.now()
    with transaction.atomic():
        row, _ = WeChatAccount.objects.select_for_update().get_or_create(appid=appid, openid=known.openid)
        if row.user_id not in (None, user.pk):
            raise ConflictError(TAKEN, code="wechat_taken")
        WeChatAccount.objects.filter(appid=appid, user=user).exclude(pk=row.pk).update(user=None, bound_at=None)
        row.user, row.bound_at, row.seen_at = user, moment, moment
        row.unionid, row.follows = known.unionid or row.unionid, row.follows or follows
        try:
            with transaction.atomic():
                row.save(update_fields=["user", "bound_at", "seen_at", "unionid", "follows"])
        except IntegrityError as error:  # bound in another window in this very moment
            raise ConflictError(TAKEN, code="wechat_taken") from error
        record(actor, "wechat.bound", row)
    return row


@transaction.atomic
def unbind_wechat(*, user: User, actor: Actor) -> bool:
    """End the binding; return whether there was one (解除绑定)."""
    held = WeChatAccount.objects.filter(appid=settings.WECHAT["appid"], user=user)
    ended = bool(held.update(user=None, bound_at=None))
    if ended:
        record(actor, "wechat.unbound", user)
    return ended


def forget_wechat(person: Person) -> None:
    """Delete whom WeChat knows a person as (清除微信绑定): their records are past their keeping."""
    WeChatAccount.objects.filter(user__person=person).delete()
