"""The sheet that institutions fill in: the roster's template."""

from __future__ import annotations

from lms.classes.queries import category_names
from lms.kernel.sheets import Column, write_workbook

ROSTER = [
    Column("序号", 8),
    Column("姓名", 14),
    Column("证件类型", 20),
    Column("证件号码", 24),
    Column("手机号", 16),
    Column("人员类别", 28),
]


def roster_template() -> bytes:
    """Return an empty roster; its notes say what to write (名册模板)."""
    notes = [
        "填写说明：从表头下一行起每人一行，所有单元格请保持“文本”格式。证件类型不填按居民身份证处理，手机号和人员类别可以不填。",
        "人员类别可填：" + "、".join(dict.fromkeys(category_names().values())),
    ]
    return write_workbook(ROSTER, [], title="学员名册", notes=notes)
