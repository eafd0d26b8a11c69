"""A class on its way, laid through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Model

from lms.classes.models import TrainingClass
from lms.classes.services import file_class, import_roster, submit_class
from lms.kernel.sheets import Column, write_workbook
from tests.cast import Cast, document_number
from tests.factories import make_course_version, make_programme
from tests.laid import relaid

HEADER = ["序号", "姓名", "证件类型", "证件号码", "手机号", "人员类别"]


def sheet(*rows: tuple[Any, ...], header: list[str] = HEADER) -> bytes:
    """Return a roster as xlsx."""
    return write_workbook([Column(name) for name in header], rows, title="名册")


def row(serial: int, name: str = "", *, number: str = "", phone: str = "") -> tuple[Any, ...]:
    """Return a good row of the template."""
    return (serial, name or f"学员{'甲乙丙丁戊己庚辛'[serial % 8]}", "", number or document_number(serial), phone, "")


def filed(cast: Cast, root: Any, **fields: Any) -> TrainingClass:
    """Return a draft of institution A, filed by 赵主任 with 李老师 as its teacher."""

    def file() -> TrainingClass:
        values = {
            "name": "焊工初级一班",
            "programme": make_programme(cast.department),
            "course_version": make_course_version(root, cast.institution_a),
            "starts_on": date(2026, 5, 6),
            "ends_on": date(2026, 6, 30),
            "teacher": cast.li,
        }
        return file_class(actor=cast.actor("zhao"), **values | fields)

    return of_plain_values(file, "filed", fields)


def bring(cast: Cast, training_class: TrainingClass, *rows: tuple[Any, ...], name: str = "名册.xlsx") -> Any:
    """Import a roster as 赵主任."""
    return import_roster(training_class=training_class, name=name, content=sheet(*rows), actor=cast.actor("zhao"))


def submitted(cast: Cast, root: Any, *rows: tuple[Any, ...], **fields: Any) -> TrainingClass:
    """Return a submitted class."""
    return of_plain_values(lambda: submit(cast, root, rows, fields), "submitted", fields, rows)


def of_plain_values(lay: Callable[[], TrainingClass], name: str, fields: dict[str, Any], *more: Any) -> TrainingClass:
    """Return what `lay` lays, put back where it was laid with the same values; rows are never the same ones again."""
    if any(isinstance(value, Model) for value in fields.values()):
        return lay()
    return relaid(lay, name, repr(fields), repr(more))


def submit(cast: Cast, root: Any, rows: tuple[tuple[Any, ...], ...], fields: dict[str, Any]) -> TrainingClass:
    """Have a class filed, its roster brought and both submitted."""
    training_class = filed(cast, root, **fields)
    report = bring(cast, training_class, *(rows or (row(31), row(32))))
    assert report.errors == []
    return submit_class(training_class=training_class, actor=cast.actor("zhao"))
