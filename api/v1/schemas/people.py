"""Accounts and real names in JSON."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ninja import Schema


class MergedOut(Schema):
    """A document of a record that was merged into the person, masked."""

    document_type: str
    document_number: str


class PersonOut(Schema):
    """The legal person, masked."""

    uid: UUID
    name: str
    document_number: str
    assurance: int
    merged: list[MergedOut] = []


class MeOut(Schema):
    """The account that calls."""

    uid: UUID
    phone: str | None
    roles: list[str]
    person: PersonOut | None
    must_change_password: bool


class IdentityIn(Schema):
    """A real name."""

    name: str
    document_type: str = "resident_id"
    document_number: str
    consent_version: str
    birth_date: date | None = None


class CardOut(Schema):
    """What a picture of an ID card says. To be checked and corrected by its person; nothing of it is kept."""

    name: str
    document_type: str
    document_number: str


class ConsentTextOut(Schema):
    """The text to agree to."""

    kind: str
    version: str
    title: str
    body: str


class PasswordIn(Schema):
    """A new password."""

    password: str


class PasswordOut(Schema):
    """The session's new token, for apps."""

    session_token: str | None = None


class DeviceOut(Schema):
    """A signed-in device."""

    id: int
    name: str
    user_agent: str
    created_at: datetime
    is_current: bool
