"""Sheets carry text as it is: digits are kept, formulas stay words, and what cannot be trusted is refused."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from lms.kernel import sheets
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import MOST_ROWS, Column, as_text, lost_digits, read_rows, write_workbook
from tests.cast import document_number

COLUMNS = {"姓名": ("name",), "证件号码": ("身份证号",)}
HEAD = [Column("姓名"), Column("证件号码", 24)]
# what a cell can hold: no control characters (they are left out), no surrogates (no text at all)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


def read(content, name="名册.xlsx", required=("姓名",)):
    return read_rows(content, name, columns=COLUMNS, required=required)


def pairs(rows):
    return [(row.get("姓名"), row.get("证件号码")) for row in rows]


def excel(*rows):
    """Return a workbook as another program would write it: values with Excel's own types."""
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


DAMAGED = excel(["姓名", "证件号码"], ["张三", "1"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_texts_come_back_as_they_went(texts):
    rows = read(write_workbook(HEAD, texts, title="表"))

    assert pairs(rows) == [(one.strip(), two.strip()) for one, two in texts if one.strip() or two.strip()]


@pytest.mark.parametrize("text", ["=1+1", "=cmd|' /C calc'!A0", "+86", "-1+2", "@SUM(A1)", "\t=1", "=HYPERLINK(1)"])
def test_nothing_is_a_formula(text):
    content = write_workbook(HEAD, [(text, "")], title="表", notes=[text])

    for row in load_workbook(io.BytesIO(content)).active.iter_rows(max_col=1):
        assert row[0].data_type == "s"
    cell = load_workbook(io.BytesIO(content)).active["A3"]
    assert (cell.value, cell.number_format, cell.quotePrefix) == (text, "@", True)
    packed = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in packed


@pytest.mark.parametrize("number", [document_number(1), "999999199003070000", "999999199912319999", "00012"])
def test_long_numbers_keep_every_digit(number):
    content = write_workbook(HEAD, [("张三", number)], title="表")

    assert load_workbook(io.BytesIO(content)).active["B2"].value == number
    assert read(content)[0].get("证件号码") == number


def test_numbers_that_excel_rounded_are_recognised():
    row = read(excel(["姓名", "证件号码"], ["张三", 999999199003070000.0]))[0]

    assert lost_digits(row.get("证件号码"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("9.99999199003070E+17", True, id="as Excel shows it"),
        pytest.param("9.99999E17", True, id="without a plus sign"),
        pytest.param("999999199003070000", True, id="zeros after the 15th digit"),
        pytest.param("999999199003070029", False, id="all digits"),
        pytest.param("13800000000", False, id="a phone number"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_lost_digits(text, expected):
    assert lost_digits(text) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(13800000000.0, "13800000000"), (1.5, "1.5"), (None, ""), (7, "7"), ("  x", "  x")],
)
def test_cells_read_as_people_typed_them(value, text):
    assert as_text(value) == text


def test_dates_are_days():
    from datetime import date, datetime

    row = read(excel(["姓名", "证件号码"], [date(2026, 5, 3), datetime(2026, 5, 3, 8, 30)]))[0]  # noqa: DTZ001 - Excel knows no zones

    assert pairs([row]) == [("2026-05-03", "2026-05-03")]


def test_a_bomb_is_refused_before_it_is_opened(monkeypatch):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for place in range(11):
            packed.writestr(f"xl/worksheets/sheet{place}.xml", b"0" * 10 * 1024**2)
    monkeypatch.setattr(sheets, "load_workbook", lambda *args, **kwargs: pytest.fail("it was opened"))

    with pytest.raises(InvalidError) as refusal:
        read(stream.getvalue())

    assert refusal.value.code == "sheet_size"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "sheet_size", id="empty"),
        pytest.param(b"x" * (10 * 1024**2 + 1), "sheet_size", id="too large"),
        pytest.param(b"PK\x03\x04 broken", "sheet_unreadable", id="a broken archive"),
        pytest.param(b"\xff\xfe\xff\xff\xff", "sheet_encoding", id="no known encoding"),
        pytest.param("甲,乙\n1,2\n".encode(), "sheet_no_header", id="no header"),
        pytest.param("证件号码\n1\n".encode(), "sheet_columns", id="a column is missing"),
        pytest.param(("姓名\n" + "张三\n" * (MOST_ROWS + 1)).encode(), "sheet_rows", id="too many rows"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(content, code):
    with pytest.raises(InvalidError) as refusal:
        read(content, "名册.csv")

    assert refusal.value.code == code
    assert refusal.value.message.endswith("。")


def test_an_archive_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("readme.txt", "x")

    with pytest.raises(InvalidError) as refusal:
        read(stream.getvalue())

    assert refusal.value.code == "sheet_unreadable"


def torn(name, change):
    """Return a workbook, one part of it changed."""
    content, stream = excel(["姓名"], ["张三"]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(stream, "w") as made:
        for part in whole.namelist():
            made.writestr(part, change(whole.read(part)) if part == name else whole.read(part))
    return stream.getvalue()


def secret():
    content = bytearray(excel(["姓名"], ["张三"]))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(torn("xl/workbook.xml", lambda xml: xml[:-5]), id="XML cut off"),
        pytest.param(torn("xl/workbook.xml", lambda xml: xml.replace(b"visibility", b"x")), id="a name of nobody"),
        pytest.param(secret(), id="a password"),
        pytest.param(DAMAGED[:60] + b"\xff" * 8 + DAMAGED[68:], id="packed data that is none"),
    ],
)
def test_a_workbook_that_is_torn_is_refused_in_words(content):
    with pytest.raises(InvalidError) as refusal:
        read(content)

    assert refusal.value.code == "sheet_unreadable"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_to_a_workbook_is_more_than_a_refusal(data):
    content = bytearray(DAMAGED)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    with suppress(InvalidError):
        read(bytes(content))


def test_too_many_rows_of_a_workbook_are_refused_too():
    content = write_workbook(HEAD, [("张三", "1")] * (MOST_ROWS + 1), title="表")

    with pytest.raises(InvalidError) as refusal:
        read(content)

    assert refusal.value.code == "sheet_rows"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_csv_of_any_office(encoding, separator, end):
    lines = [("姓名", "身份证号"), ("张三", document_number(1)), ("欧阳㼆", document_number(2))]
    content = (end.join(separator.join(line) for line in lines) + end).encode(encoding)

    assert pairs(read(content, "名册.csv")) == lines[1:]


def test_csv_cells_may_hold_separators_and_line_ends():
    content = '姓名,证件号码\n"张三,\n李四","=1+1"\n'.encode()

    assert pairs(read(content, "名册.csv")) == [("张三,\n李四", "=1+1")]


def test_rows_bear_the_numbers_that_excel_shows():
    content = excel(
        ["填写说明：请勿删除表头"], ["证件号码", "别的", "name"], ["1", "x", "张三"], [], ["2", "y", "李四"]
    )

    rows = read(content)

    assert [(row.number, *pair) for row, pair in zip(rows, pairs(rows), strict=True)] == [
        (3, "张三", "1"),
        (5, "李四", "2"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0" + b"0" * 100, "另存为 xlsx", id="an old workbook"),
        pytest.param(b"%PDF-1.7 ...", "PDF", id="a PDF"),
        pytest.param(b"\x89PNG\r\n...", "图片", id="a picture"),
    ],
)
def test_what_is_no_sheet_is_called_by_its_name(content, words):
    with pytest.raises(InvalidError) as refused:
        read_rows(content, "名册.xlsx", columns=COLUMNS, required=("姓名",))

    assert refused.value.code == "sheet_kind"
    assert words in refused.value.message
