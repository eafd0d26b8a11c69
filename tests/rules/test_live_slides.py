"""Slides: what is taken, which page is shown, where one points."""

from __future__ import annotations

import pytest

from lms.live.rules.slides import (
    LONGEST_TEXT,
    heading_of,
    pages_problem,
    spot_of,
    tidy_text,
    turn_problem,
    upload_problem,
)

MB = 1024**2


@pytest.mark.parametrize(
    ("size", "head", "is_taken"),
    [
        pytest.param(50 * MB, b"%PDF-1.7", True, id="the largest file"),
        pytest.param(50 * MB + 1, b"%PDF-1.7", False, id="one byte more"),
        pytest.param(0, b"", False, id="an empty file"),
        pytest.param(9, b"\n\n%PDF-1.4", True, id="something before the mark"),
        pytest.param(9, b"PK\x03\x04", False, id="a file that was renamed"),
        pytest.param(9, b" " * 1024 + b"%PDF-", False, id="the mark beyond the first kilobyte"),
    ],
)
def test_only_a_pdf_of_a_fair_size_is_taken(size, head, is_taken):
    assert (upload_problem(size, head, megabytes=50) == "") is is_taken


@pytest.mark.parametrize(("pages", "is_shown"), [(0, False), (1, True), (200, True), (201, False)])
def test_a_file_has_pages_and_not_too_many(pages, is_shown):
    assert (pages_problem(pages, most=200) == "") is is_shown


@pytest.mark.parametrize(("page", "is_there"), [(0, False), (1, True), (7, True), (8, False)])
def test_a_page_is_one_of_the_deck(page, is_there):
    assert (turn_problem(page, 7) == "") is is_there


def test_a_pointer_stays_on_the_page():
    assert (spot_of(500, 250), spot_of(-3, 1001)) == ((500, 250), (0, 1000))


def test_words_of_a_page_are_read_line_by_line():
    assert tidy_text("  焊条 \n\n\f 烘干   温度 \n") == "焊条\n烘干 温度"
    assert len(tidy_text("长" * 3000)) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        pytest.param("第二章 焊条\n一、种类", "第二章 焊条", id="its first line"),
        pytest.param("12\n———\n三种常见缺陷", "三种常见缺陷", id="not its number"),
        pytest.param("", "", id="a picture"),
    ],
)
def test_a_page_is_called_by_its_first_words(text, heading):
    assert heading_of(text) == heading
