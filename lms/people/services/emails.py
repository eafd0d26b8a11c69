"""An account's e-mail address: told by its holder, proven by a link that is sent there (邮箱)."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.people.gateways import mail
from lms.people.models import User

SALT, HOURS = "people.email", 24
LIMIT = {"email": "5/h/key"}
WRONG = "请填写完整的邮箱地址，如 name@example.com。"
MANY = "发送确认邮件的次数已达上限，请过一小时再试。"
GONE = "这个确认链接不完整或已过期（24小时内有效）。请登录后在“消息设置”里重新填写邮箱。"
TAKEN = "这个邮箱已由另一个账号使用，请换一个邮箱。"
TEXT = (
    "请打开下面的链接并按“确认”，把这个邮箱用于接收职业技能培训平台的通知（24小时内有效）：\n\n{link}\n\n"
    "如果不是您本人填写的，不用理会这封邮件。\n"
)


def ask_for_email(*, user: User, address: str) -> str:
    """Send a link to an address that somebody calls theirs; return the address. Raises InvalidError, MailDownError.

    Whether another account has it is told to nobody but its holder, who opens the link.
    """
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidError(WRONG, fields={"email": WRONG}) from error
    request = context.request
    if request is not None and not ratelimit.consume(
        request, app="people", action="email", config=LIMIT, key=str(user.pk)
    ):
        raise InvalidError(MANY, fields={"email": MANY}, code="too_many_emails")
    token = signing.dumps([str(user.uid), address], salt=SALT)
    link = settings.WAGTAILADMIN_BASE_URL + reverse("confirm_email", args=[token])
    mail.send(address, "请确认您的邮箱", TEXT.format(link=link), {})
    return address


def asked_email(token: str) -> tuple[User, str]:
    """Return whose link it is and which address it proves. Raises NotFoundError."""
    try:
        uid, address = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
        return User.objects.get(uid=uid), address
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise NotFoundError(GONE, code="email_link_unknown") from error


@transaction.atomic
def confirm_email(*, token: str) -> str:
    """Make a proven address the account's only one; return it. Raises NotFoundError, ConflictError."""
    user, address = asked_email(token)
    User.objects.select_for_update().get(pk=user.pk)
    if EmailAddress.objects.filter(email=address, verified=True).exclude(user=user).exists():
        raise ConflictError(TAKEN, code="email_taken")
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
    record(Actor(user_id=user.pk, person_id=user.person_id), "people.email_confirmed", user)
    return address


@transaction.atomic
def drop_email(*, user: User, actor: Actor) -> None:
    """Forget an account's addresses (删除邮箱)."""
    if EmailAddress.objects.filter(user=user).delete()[0]:
        record(actor, "people.email_dropped", user)


def mail_is_set_up() -> bool:
    """Return whether e-mail can be sent at all."""
    return mail.is_set_up()
