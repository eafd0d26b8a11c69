"""The ways by which a letter leaves the site. Each says whom it reaches, and how a sending ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import make_msgid
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings

from lms.kernel.texts import most_special
from lms.notifications.rules import shortened
from lms.notifications.rules.delivery import EMAIL, SMS, WECHAT
from lms.notifications.rules.letters import STOP, Letter
from lms.notifications.services.unsubscribing import unsubscribe_link
from lms.people.gateways import mail
from lms.people.gateways.sms import SmsDownError, SmsRefusedError, SmsUnsureError
from lms.people.gateways.sms import gateway as sms_gateway
from lms.people.models import User
from lms.people.queries import own_email
from lms.wechat.rules import BUSY_CODES, reason_of
from lms.wechat.services import (
    LONGEST_FIELD,
    Template,
    WeChatDownError,
    WeChatError,
    WeChatUnreachedError,
    followers,
    send_to,
)


class NotSentError(Exception):
    """Nothing went out for certain: it may be tried again (未发出)."""


class UnsureError(Exception):
    """The other side did not answer: nobody knows whether it went out (结果不明)."""


class RefusedError(Exception):
    """The other side does not take it: another try would end alike (被拒). `reason`: one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """A way out."""

    @property
    def known_for(self) -> timedelta:
        """Return for how long a message of the same key is not sent a second time; zero: it may be."""

    def reachable(self, user_ids: Sequence[int]) -> set[int]:
        """Return which of the accounts have an address here."""

    def send(self, user: User, letter: Letter, language: str, key: UUID) -> str:
        """Send, return the other side's number of it. Raises NotSentError, UnsureError, RefusedError."""


class SmsChannel:
    """短信: to the verified number of an account."""

    @property
    def known_for(self) -> timedelta:
        """Return for how long the vendor knows a message again."""
        return sms_gateway().known_for

    def reachable(self, user_ids: Sequence[int]) -> set[int]:
        """Return the accounts with a verified number."""
        return set(User.objects.filter(pk__in=user_ids, phone_verified=True).values_list("pk", flat=True))

    def send(self, user: User, letter: Letter, language: str, key: UUID) -> str:
        """Send the vendor's template."""
        if not user.phone_verified or not user.phone_sealed:
            raise RefusedError("no_address")
        try:
            return sms_gateway().send(user.phone_sealed, letter.template, letter.parameters, key=key)
        except SmsRefusedError as refusal:
            raise RefusedError(refusal.reason) from refusal
        except SmsUnsureError as error:
            raise UnsureError from error
        except SmsDownError as error:
            raise NotSentError from error


class EmailChannel:
    """电子邮件: to the verified address of an account, by Django's backend."""

    known_for = timedelta(0)

    def reachable(self, user_ids: Sequence[int]) -> set[int]:
        """Return the accounts with a verified address; nobody where no mail server is set up."""
        if not mail.is_set_up():
            return set()
        return set(EmailAddress.objects.filter(user__in=user_ids, verified=True).values_list("user_id", flat=True))

    def send(self, user: User, letter: Letter, language: str, key: UUID) -> str:
        """Send one plain text with the link that ends it. The number is the message's own Message-ID."""
        address = own_email(user)
        if not address:
            raise RefusedError("no_address")
        link, host = unsubscribe_link(user, EMAIL), urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or "localhost"
        headers = {
            "Message-ID": make_msgid(key.hex, domain=host),
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        text = f"{letter.text}{STOP[language].format(link=link)}\n"
        try:
            mail.send(address, letter.subject, text, headers)
        except mail.MailRefusedError as refusal:
            raise RefusedError(refusal.reason) from refusal
        except mail.MailUnsureError as error:
            raise UnsureError from error
        except mail.MailDownError as error:
            raise NotSentError from error
        return headers["Message-ID"]


class WeChatChannel:
    """微信: a template message to who bound the official account and follows it."""

    known_for = timedelta(minutes=10)  # client_msg_id

    def reachable(self, user_ids: Sequence[int]) -> set[int]:
        """Return the accounts that follow; nobody where no official account is set up."""
        return set(followers(user_ids)) if settings.WECHAT["appid"] else set()

    def send(self, user: User, letter: Letter, language: str, key: UUID) -> str:
        """Send the template of the settings: NUMBER:field:field, filled in the order of the letter's parameters."""
        openid = followers([user.pk]).get(user.pk)
        if openid is None:
            raise RefusedError("no_address")
        number, *names = (most_special(letter.template, settings.WECHAT["templates"]) or "").split(":")
        if not number:
            raise RefusedError("template")
        values = [shortened(value, LONGEST_FIELD) for value in letter.parameters.values()]
        message = Template(number, dict(zip(names, values, strict=False)), letter.link)
        try:
            return send_to(openid, message, key)
        except WeChatError as refusal:
            raise (
                NotSentError() if refusal.errcode in BUSY_CODES else RefusedError(reason_of(refusal.errcode))
            ) from refusal
        except WeChatUnreachedError as error:
            raise NotSentError from error
        except WeChatDownError as error:
            raise UnsureError from error


WAYS: dict[str, Callable[[], Channel]] = {SMS: SmsChannel, EMAIL: EmailChannel, WECHAT: WeChatChannel}


def channel_named(name: str) -> Channel:
    """Return a channel."""
    return WAYS[name]()
