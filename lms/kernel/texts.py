"""Free text that comes in headers and JSON, where no form field has looked at it."""

from __future__ import annotations

from collections.abc import Mapping

from lms.kernel.errors import InvalidError

# What a database refuses (DataError) after every check of ours: a NUL on PostgreSQL, a number beyond its column.
UNREADABLE = InvalidError("提交的内容里有不能保存的字符，或者数字太大。请检查后重新提交。", code="data_unreadable")
SHORTEST_REASON = 5


def check_text(text: str, field: str) -> str:
    """Return a text that a database takes. Raises InvalidError at the field: PostgreSQL knows no NUL."""
    if "\x00" in text:
        sentence = "文字里有不能保存的控制字符，请删去后重新填写。"
        raise InvalidError(sentence, fields={field: sentence}, code="control_character")
    return text


def check_reason(reason: str) -> str:
    """Return why something is changed, in at least five characters (变更原因). Raises InvalidError at `reason`."""
    words = check_text(reason, "reason").strip()[:200]
    if len(words) < SHORTEST_REASON:
        sentence = "请写明原因（至少5个字），学员和审计人员都能看到。"
        raise InvalidError(sentence, fields={"reason": sentence})
    return words


def most_special(name: str, known: Mapping[str, str]) -> str | None:
    """Return what stands for a name, or for the nearest more general one: of a.b.c these are tried: a.b.c, a.c, a."""
    first, *rest = name.split(".")
    names = [name, *([f"{first}.{rest[-1]}"] if rest else []), first]
    return next((known[one] for one in names if one in known), None)
