"""A refused sheet comes back with its own cells and what is wrong with them, for whoever sent it."""

from __future__ import annotations

import pytest

from lms.kernel.errors import NotFoundError
from lms.kernel.row_errors import corrections, corrections_for, keep_corrections
from lms.kernel.sheets import Column, RowError, read_rows, write_workbook

pytestmark = pytest.mark.django_db
KNOWN: dict[str, tuple[str, ...]] = {"姓名": (), "证件号码": ()}


def read(content, name="a.xlsx"):
    return read_rows(content, name, columns=KNOWN, required=("姓名",))


def test_every_row_comes_back_as_it_was_even_through_two_refusals():
    columns = [Column("姓名"), Column("证件号码"), Column("备注")]
    lines = [["张三", "999999199003070020", "=1+1"], ["李四", "9.9999919900307e+17", ""], ["王五", "", "班长"]]
    rows = read(write_workbook(columns, lines, title="a", notes=["说明"]))
    errors = [RowError(rows[1].number, "证件号码", "末几位已丢失。")]

    once = read(corrections(rows, errors))
    twice = read(corrections(once, []))

    assert [[row.get(column.name) for column in columns] for row in once] == lines
    assert [[row.get(column.name) for column in columns] for row in twice] == lines
    assert [row.get("需要修改") for row in once] == ["", "证件号码：末几位已丢失。", ""]
    assert [row.get("原行号") for row in once] == ["3", "4", "5"]
    assert not any(row.get("需要修改") for row in twice)


def test_only_who_sent_it_gets_it_and_only_the_newest(cast):
    rows = read("姓名,证件号码\n张三,1\n".encode(), "a.csv")
    first, second = (
        keep_corrections(name=name, rows=rows, errors=[], owner_id=cast.zhao.pk) for name in ("一.csv", "二.csv")
    )

    name, content = corrections_for(cast.zhao.pk, second.uid)

    assert (name, read(content)[0].get("姓名")) == ("二-需修改.xlsx", "张三")
    for user, uid in ((cast.li.pk, second.uid), (cast.zhao.pk, first.uid)):
        with pytest.raises(NotFoundError):
            corrections_for(user, uid)
