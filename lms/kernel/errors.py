"""Refusals: a stable code for machines, a Chinese sentence for people, data as keywords. Doors translate them once."""

from __future__ import annotations


class DomainError(Exception):
    """A refusal that was foreseen (业务拒绝). `message` says what happened and what to do next."""

    code = "refused"
    status = 409

    def __init__(self, message: str, *, code: str = "", **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.data = data


class ForbiddenError(DomainError):
    """The actor may not do this (无权操作)."""

    code = "forbidden"
    status = 403


class NotFoundError(DomainError):
    """There is no such thing, or the actor may not know that there is (不存在)."""

    code = "not_found"
    status = 404


class ConflictError(DomainError):
    """The state does not allow it now (状态冲突)."""

    code = "conflict"
    status = 409


class InvalidError(DomainError):
    """A field or row is wrong (填写有误). `fields` maps a field's name to its sentence."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, code: str = "", **data: object) -> None:
        super().__init__(message, code=code, **data)
        self.fields = fields or {}
