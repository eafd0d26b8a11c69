"""Whole numbers in addresses and forms: what people and programs write there is text until it is read here."""

from __future__ import annotations

import re

WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)  # fits every column and every OFFSET; str.isdigit also takes ² and ①


def whole_number(text: str) -> int | None:
    """Return the number that a text is, or None: no sign, no spaces, at most nine ASCII digits."""
    return int(text) if WHOLE.fullmatch(text) else None


def page_number(text: str) -> int:
    """Return the page that an address asks for, the first one for anything else."""
    return whole_number(text) or 1
