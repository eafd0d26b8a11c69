"""Forms of practice at a place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from lms.classes.models import TrainingClass
from lms.classes.queries import teachers_of
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.portal.forms import DateInput, SheetForm, TimeInput
from lms.portal.provider.forms import TeacherField
from lms.practice.models import TimetableStep
from lms.practice.queries.sessions import practice_lessons
from lms.practice.services import Plan

DEGREES = dict.fromkeys(
    ("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), "请填写数字，最多六位小数，例如31.230000。"
)


class PlanForm(RefusableForm):
    """安排实操课."""

    lesson = forms.ChoiceField(label="计入哪个课时", help_text="课程里类型为“线下实操”的课时。")
    held_on = forms.DateField(label="日期", widget=DateInput)
    starts_at = forms.TimeField(label="开始时间", widget=TimeInput)
    ends_at = forms.TimeField(label="结束时间", widget=TimeInput)
    place = forms.CharField(label="地点", max_length=80, help_text="写到楼层和房间，例如：实训楼1层101室。")
    teacher = TeacherField(label="实操教师", queryset=None, to_field_name="uid", empty_label="请选择")
    capacity = forms.IntegerField(label="人数上限", min_value=1, max_value=500)
    latitude = forms.DecimalField(
        label="纬度", required=False, max_digits=9, decimal_places=6,
        help_text="最好在现场用手机取；国内地图上抄的与手机定位差几百米。都不填的，签到不核对位置，名单须由第二人复核。",
error_messages=DEGREES,
    )  # fmt: skip
    longitude = forms.DecimalField(label="经度", required=False, max_digits=9, decimal_places=6, error_messages=DEGREES)
    radius_m = forms.IntegerField(label="半径（米）", required=False, help_text="多远以内算在现场，20至5000米。")

    def __init__(self, *args: Any, training_class: TrainingClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons: Any = self.fields["lesson"]
        lessons.choices = [(str(one.lesson_uid), one.title) for one in practice_lessons(training_class)]
        teachers: Any = self.fields["teacher"]
        teachers.queryset = teachers_of([training_class.institution_id])

    def plan(self) -> Plan:
        """Return what was typed, on the learners' clock."""
        data = self.cleaned_data
        begin, end = (
            datetime.combine(data["held_on"], data[name], tzinfo=clock.SHANGHAI) for name in ("starts_at", "ends_at")
        )
        same = {name: data[name] for name in ("place", "teacher", "capacity", "latitude", "longitude", "radius_m")}
        return Plan(lesson_uid=data["lesson"], starts_at=begin, ends_at=end, **same)


class ChangeForm(PlanForm):
    """调整安排."""

    reason = forms.CharField(label="调整原因", max_length=200, help_text="学员能看到，例如：教室检修，改到二号车间。")


def initial_of(step: TimetableStep) -> dict[str, Any]:
    """Return what a session's step says, for the form that changes it."""
    begin, end = clock.local(step.starts_at), clock.local(step.ends_at)
    same = {name: getattr(step, name) for name in ("place", "capacity", "latitude", "longitude", "radius_m")}
    times = {"held_on": begin.date(), "starts_at": begin.time(), "ends_at": end.time()}
    return same | times | {"lesson": str(step.lesson_uid), "teacher": step.teacher.uid}


class SignedSheetForm(SheetForm):
    """上传签到表."""

    paper = forms.FileField(label="签字原件", help_text="纸质签到表的扫描件或照片：PDF、PNG、JPG，不超过10MB。")
    note = forms.CharField(label="说明", required=False, max_length=200, help_text="更正已确认的名单时必填。")
