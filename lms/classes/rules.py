"""The life of a class and the form of a roster row. Pure."""

from __future__ import annotations

TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted"}),
    "returned": frozenset({"submitted"}),
    "submitted": frozenset({"returned", "open"}),
    "open": frozenset({"closed"}),
    "closed": frozenset(),
}
EDITABLE = frozenset({"draft", "returned"})
DOCUMENT_NAMES = {
    "": "resident_id",
    "身份证": "resident_id",
    "居民身份证": "resident_id",
    "港澳居民居住证": "residence_permit_hk_mo",
    "台湾居民居住证": "residence_permit_tw",
    "外国人永久居留身份证": "foreign_permanent_resident",
    "港澳居民来往内地通行证": "travel_permit_hk_mo",
    "台湾居民来往大陆通行证": "travel_permit_tw",
    "护照": "passport",
    "军官证": "military",
    "士兵证": "military",
    "军官证/士兵证": "military",
}


def may_become(state: str, wanted: str) -> bool:
    """Return whether a class may go from one state to another."""
    return wanted in TRANSITIONS[state]


def class_number(year: int, serial: int) -> str:
    """Return a class's number: KB-2026-0001 (开班编号)."""
    return f"KB-{year}-{serial:04}"
