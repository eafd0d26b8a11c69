"""Sheets that institutions take away: the roster's template and the list of errors of an upload."""

from __future__ import annotations

from collections.abc import Sequence

from django.core import signing

from lms.classes.queries import category_names
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import Column, RowError, write_workbook

SALT = "portal.roster-errors"
ROSTER = [
    Column("序号", 8),
    Column("姓名", 14),
    Column("证件类型", 20),
    Column("证件号码", 24),
    Column("手机号", 16),
    Column("人员类别", 28),
]
ERRORS = [Column("行号", 8), Column("列", 14), Column("问题", 70)]


def roster_template() -> bytes:
    """Return an empty roster; its notes say what to write (名册模板)."""
    notes = [
        "填写说明：从表头下一行起每人一行，所有单元格请保持“文本”格式。证件类型不填按居民身份证处理，手机号和人员类别可以不填。",
        "人员类别可填：" + "、".join(dict.fromkeys(category_names().values())),
    ]
    return write_workbook(ROSTER, [], title="学员名册", notes=notes)


def sign_errors(errors: Sequence[RowError]) -> str:
    """Return the errors for the page to send back: nothing of a refused upload is kept on the server."""
    return signing.dumps([[e.number, e.column, e.sentence] for e in errors], salt=SALT, compress=True)


def error_sheet(signed: str) -> bytes:
    """Return the errors as a sheet. Raises InvalidError when the page is too old or was changed."""
    try:
        rows = signing.loads(signed, salt=SALT, max_age=86_400)
    except signing.BadSignature as error:
        raise InvalidError("错误清单已过期，请重新上传名册。", code="error_list_expired") from error
    return write_workbook(ERRORS, rows, title="错误清单")
