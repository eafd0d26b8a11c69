"""E-mail by Django's backend, and what a mail server's refusal means (RFC 5321)."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from lms.kernel.errors import DomainError

NO_SERVER = "django.core.mail.backends.dummy.EmailBackend"
DOWN = "邮件暂时发不出去，请过几分钟再试。"


class MailDownError(DomainError):
    """The message was not handed over (邮件通道故障): it may be tried again."""

    code = "mail_down"
    status = 503


class MailUnsureError(MailDownError):
    """Nobody knows whether the message went out (结果不明): the server broke off."""


class MailRefusedError(MailDownError):
    """The server does not take the message (被拒). `reason`: blocked (the address), refused (anything else)."""

    def __init__(self, reason: str) -> None:
        super().__init__("这个邮箱收不到我们的邮件，请检查邮箱是否正确，或换一个邮箱。")
        self.reason = reason


def is_set_up() -> bool:
    """Return whether there is a mail server at all."""
    return settings.EMAIL_BACKEND != NO_SERVER


def send(to: str, subject: str, text: str, headers: Mapping[str, str]) -> None:
    """Hand one plain text to the mail server. Raises MailDownError, MailUnsureError, MailRefusedError."""
    message = EmailMessage(subject, text, to=[to], headers=dict(headers))
    try:
        connection = get_connection()
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise MailDownError(DOWN) from error
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        raise refused(next(iter(error.recipients.values()), (550, b""))[0], "blocked") from error
    except smtplib.SMTPResponseException as error:
        raise refused(error.smtp_code, "refused") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnsureError(DOWN) from error
    finally:
        close(connection.close)


def refused(code: int, reason: str) -> MailDownError:
    """Return what a refusal means: of 4xx the server says itself that one may come again."""
    return MailRefusedError(reason) if code >= 500 else MailDownError(DOWN)


def close(closing: Callable[[], object]) -> None:
    """Close a connection; a server that is gone already changes nothing."""
    try:
        closing()
    except (OSError, smtplib.SMTPException):
        return
