"""Pages of lists: rows, how many there are, and the cursor of the next page (分页)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import QuerySet

from lms.kernel.numbers import page_number


class Rows(NamedTuple):
    """A page of a list."""

    rows: list[Any]
    total: int
    next_cursor: str | None


def rows_at(found: QuerySet[Any], cursor: str, size: int) -> Rows:
    """Return the page at a cursor, the first for one that is none."""
    page = Paginator(found, size).get_page(page_number(cursor))
    return Rows(list(page.object_list), page.paginator.count, str(page.next_page_number()) if page.has_next() else None)
