"""Forms of live lessons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from courses.models import LessonVersion
from lms.classes.models import TrainingClass
from lms.classes.queries import teachers_of
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.live.models import LiveSession
from lms.live.queries.sessions import live_lessons
from lms.live.services import Plan
from lms.people.models import User
from lms.portal.forms import DateInput, TimeInput
from lms.portal.provider.forms import TeacherField


class AssistantsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """助教: choices among colleagues, by name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: User) -> str:
        """Return the colleague's name."""
        return obj.called


class LessonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """课时: choices among a course's lessons that are given live."""

    def label_from_instance(self, obj: LessonVersion) -> str:
        """Return the lesson's title, and its section's."""
        return f"{obj.section_title}：{obj.title}"


class LivePlanForm(RefusableForm):
    """安排直播课."""

    title = forms.CharField(label="标题", max_length=60, help_text="例如：第三章答疑。学员在课表里看到的就是这个标题。")
    lesson = LessonField(
        label="对应课时",
        queryset=None,
        to_field_name="lesson_uid",
        required=False,
        empty_label="不对应课时（不计学时）",
        help_text="选了课程里的直播课时，学员在这次直播里学习的时间计入这一课。",
    )
    held_on = forms.DateField(label="日期", widget=DateInput)
    starts_at = forms.TimeField(label="开始时间", widget=TimeInput)
    ends_at = forms.TimeField(label="计划结束时间", widget=TimeInput)
    teacher = TeacherField(label="主讲教师", queryset=None, to_field_name="uid", empty_label="请选择")
    assistants = AssistantsField(label="助教", queryset=None, to_field_name="uid", required=False)

    def __init__(self, *args: Any, training_class: TrainingClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("teacher", "assistants"):
            field: Any = self.fields[name]
            field.queryset = teachers_of([training_class.institution_id])
        lessons: Any = self.fields["lesson"]
        lessons.queryset = live_lessons(training_class)

    def plan(self) -> Plan:
        """Return what was typed, on the learners' clock."""
        data = self.cleaned_data
        begin, end = (
            datetime.combine(data["held_on"], data[name], tzinfo=clock.SHANGHAI) for name in ("starts_at", "ends_at")
        )
        lesson = data["lesson"].lesson_uid if data["lesson"] else None
        return Plan(data["title"], begin, end, data["teacher"], tuple(data["assistants"]), lesson)


class LiveChangeForm(LivePlanForm):
    """调整直播课."""

    reason = forms.CharField(label="调整原因", max_length=200, help_text="至少5个字，学员在课表里能看到。")

    @staticmethod
    def values_of(session: LiveSession) -> dict[str, Any]:
        """Return what the form starts from."""
        begin, end = clock.local(session.starts_at), clock.local(session.ends_at)
        return {
            "title": session.title,
            "lesson": session.lesson_uid,
            "held_on": begin.date(),
            "starts_at": begin.time(),
            "ends_at": end.time(),
            "teacher": session.teacher.uid,
            "assistants": [one.uid for one in session.assistants.all()],
        }
