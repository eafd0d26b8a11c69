"""allauth's extension points. Every override names the trap that it closes (docs/adr/0006)."""

from __future__ import annotations

import json
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PhoneField
from allauth.account.stages import PhoneVerificationStage
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from lms.kernel.errors import InvalidError
from lms.kernel.sealing import seal, unseal
from lms.people import queries, services
from lms.people.models import User
from lms.people.rules import looks_like_phone, mask_phone, normalise_phone


def mobile(raw: str) -> str:
    """Return a normalised number or the form's error."""
    try:
        return normalise_phone(raw)
    except InvalidError as error:
        raise ValidationError(error.message, code="invalid_phone") from error


class MobileField(PhoneField):
    """The stock field demands E.164 before `clean_phone` runs, so a bare 11-digit number is normalised here."""

    def to_python(self, value: Any) -> Any:
        """Return the number as +86…."""
        value = super().to_python(value)
        return mobile(value) if value else value


class PhoneStage(PhoneVerificationStage):
    """With `phone*` required, allauth silently refuses accounts without a number (staff): they pass here."""

    def handle(self) -> Any:
        """Pass an account that has no number."""
        if self.login.user and get_phone(self.login.user) is None:
            return None, True
        return super().handle()


def get_phone(user: User) -> tuple[str, bool] | None:
    """Return an account's number and whether it is verified."""
    return (user.phone_sealed, user.phone_verified) if user.phone_sealed else None


class AccountAdapter(DefaultAccountAdapter):
    """Phone, code and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": "验证码不正确，请核对短信中的6位数字。",
        "phone_password_mismatch": "手机号或密码不正确。",
        "username_password_mismatch": "账号或密码不正确。",
        "too_many_login_attempts": "密码输错次数过多，请15分钟后再试，或改用短信验证码登录。",
    }

    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        """Return the field that takes a number in any spelling."""
        return MobileField(**kwargs)

    def clean_phone(self, phone: str) -> str:
        """Return the number as +86…."""
        return mobile(phone)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the account of a verified number."""
        return queries.user_by_phone(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return number and state."""
        return get_phone(user)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store a number."""
        services.store_phone(user, phone, verified=verified)

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Store too: a change of number comes here without `set_phone`."""
        services.store_phone(user, phone, verified=True)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Send a code."""
        services.send_sms(phone, "code", code=code)

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the owner that somebody tried to sign up with the number."""
        services.send_sms(phone, "already_registered")

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Tell that the number has no account."""
        services.send_sms(phone, "not_registered")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Close the stock sign-up: the one door is auth/phone."""
        return False

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Give an opaque name."""
        user.username = user.username or services.new_username()

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse names that look like numbers: one 账号 box takes both."""
        if username[:1].isdigit() or username.startswith("+"):
            raise ValidationError("账号不能以数字开头。", code="username_digits")
        return str(super().clean_username(username, shallow))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Take a number typed as an account name."""
        name = credentials.get("username")
        if name and looks_like_phone(name):
            credentials["phone"] = normalise_phone(credentials.pop("username"))
        return super().authenticate(request, **credentials)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures per number: allauth ignores `phone`, so all numbers would share one bucket of five."""
        name = credentials.get("username") or credentials.get("phone") or credentials.get("email", "")
        return str(super()._get_login_attempts_cache_key(request, username=name))

    def get_login_stages(self) -> list[str]:
        """Replace the stage of the number by ours."""
        ours = f"{PhoneStage.__module__}.{PhoneStage.__name__}"
        return [ours if stage.endswith("PhoneVerificationStage") else stage for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """End the oldest sessions beyond the limit; staff sessions are short."""
        services.limit_sessions(request, user)
        return super().post_login(request, user, **kwargs)

    def set_password(self, user: User, password: str) -> None:
        """Clear the forced change: all of allauth's paths pass here."""
        user.must_change_password = False
        super().set_password(user, password)


class HeadlessAdapter(DefaultHeadlessAdapter):
    """What the JSON of a session says of the account."""

    def serialize_user(self, user: User) -> dict[str, Any]:
        """Return nothing personal but the masked number."""
        return {
            "id": str(user.uid),
            "username": user.username,
            "has_usable_password": user.has_usable_password(),
            "phone": mask_phone(user.phone_sealed) if user.phone_sealed else None,
            "must_change_password": user.must_change_password,
        }


class TokenStrategy(SessionTokenStrategy):
    """An app's token is its session's key. Trap: the stock strategy asks whether the row exists, then reads it again."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """Return the session of a token, in one query."""
        session: SessionBase | None = lookup_session(session_token)
        return session


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, sealed at rest."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return seal(text.encode(), b"mfa").hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret."""
        return unseal(bytes.fromhex(encrypted_text), b"mfa").decode()

    def get_totp_label(self, user: User) -> str:
        """Return what the authenticator app shows."""
        return user.username


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    """Ending sessions, and telling their open sockets."""

    def end_sessions(self, sessions: list[Any]) -> None:
        """End each and close its sockets."""
        services.end_sessions(sessions)


class SealedSerializer:
    """Sessions hold numbers, codes and pending sign-ins: sealed at rest, with a key of their own derivation."""

    def dumps(self, obj: Any) -> bytes:
        """Return sealed JSON."""
        nonce = os.urandom(12)
        key_id = settings.SEALING_CURRENT
        sealed = AESGCM(settings.SEALING_KEYS[key_id]).encrypt(nonce, json.dumps(obj).encode(), b"session")
        return bytes([key_id]) + nonce + sealed

    def loads(self, data: bytes) -> Any:
        """Return the object."""
        key = settings.SEALING_KEYS[data[0]]
        return json.loads(AESGCM(key).decrypt(data[1:13], data[13:], b"session"))
