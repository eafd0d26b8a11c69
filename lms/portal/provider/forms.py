"""Forms of institutions."""

from __future__ import annotations

from typing import Any

from django import forms

from courses.queries.catalogue import released_versions_for
from lms.access.rules import Actor
from lms.classes.models import TrainingClass
from lms.classes.queries import teachers_for
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.people.models import User
from lms.planning.queries import programmes_on
from lms.portal.forms import DateInput, SheetForm
from lms.portal.workspaces import staff_name


class TeacherField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """任课教师: a choice among colleagues, by name."""

    def label_from_instance(self, obj: User) -> str:
        """Return the colleague's name."""
        return staff_name(obj)


class ClassForm(RefusableForm):
    """开班信息."""

    name = forms.CharField(label="班级名称", max_length=80, help_text="例如：焊工初级2026年第3期")
    programme: Any = forms.ModelChoiceField(
        label="培训项目",
        queryset=None,
        to_field_name="uid",
        empty_label="请选择",
        help_text="项目决定主管部门和学时口径。",
    )
    course_version: Any = forms.ModelChoiceField(
        label="课程", queryset=None, to_field_name="uid", empty_label="请选择", help_text="只列出本机构已发布的课程。"
    )
    teacher = TeacherField(
        label="任课教师", queryset=None, to_field_name="uid", empty_label="暂不确定", required=False,
        help_text="可以先不填，提交前必须选定。",
    )  # fmt: skip
    starts_on = forms.DateField(label="开班日期", widget=DateInput)
    ends_on = forms.DateField(label="结束日期", widget=DateInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_of("programme").queryset = programmes_on(clock.today())
        self.choices_of("course_version").queryset = released_versions_for(actor)
        self.choices_of("teacher").queryset = teachers_for(actor)

    def choices_of(self, name: str) -> Any:
        """Return a field of choices."""
        return self.fields[name]

    @staticmethod
    def values_of(training_class: TrainingClass) -> dict[str, Any]:
        """Return what the form starts from when a class is changed."""
        teacher = training_class.teacher
        return {
            "name": training_class.name,
            "programme": training_class.programme.uid,
            "course_version": training_class.course_version.uid,
            "teacher": teacher.uid if teacher else None,
            "starts_on": training_class.starts_on,
            "ends_on": training_class.ends_on,
        }


class RosterForm(SheetForm):
    """上传名册."""

    replaces = forms.BooleanField(label="替换现有名册（不勾选则添加到现有名册后面）", required=False)
