"""What both sides see of a class's change of version: what is different, and whom it concerns (课程换版)."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms

from courses.models import CourseVersion
from courses.queries.versions import version_difference
from courses.rules.differences import Difference
from lms.classes.models import TrainingClass, VersionUpgrade
from lms.classes.queries import newer_versions
from lms.completion.queries import completed_before_and_after
from lms.kernel.forms import RefusableForm
from lms.portal.workspaces import staff_name

TONES = {"proposed": "tag-warn", "approved": "tag-ok", "returned": "tag-bad"}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of version does (换版影响)."""

    title: str
    difference: Difference
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class UpgradeLine:
    """A proposal (换版申请行)."""

    versions: str
    state: str
    tone: str
    reason: str
    proposed: str
    opinion: str


class UpgradeForm(RefusableForm):
    """申请课程换版."""

    number = forms.TypedChoiceField(label="换为", coerce=int, error_messages={"required": "请选择版本。"})
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明换版理由（至少5个字），区办据此审核。"},
    )

    def __init__(self, *args: object, training_class: TrainingClass, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        versions = newer_versions(training_class)
        self.fields["number"].choices = [(one.number, f"第{one.number}版") for one in versions]  # type: ignore[attr-defined]


def effect_of(training_class: TrainingClass, new: CourseVersion) -> Effect:
    """Return what going on with another version changes, for the course and for the learners."""
    old = training_class.course_version
    difference = version_difference(old, new)
    learners, before, after = completed_before_and_after(training_class, new.pk)
    removed = sum(one.kind == "removed" for one in difference.lessons)
    added = sum(one.kind == "added" for one in difference.lessons)
    sentences = [
        f"在学学员{learners}人；现在达到结业条件的{before}人，换版后{after}人。",
        "已认定的学时一律不变；两版都有的课时，学习进度和测验成绩保留。",
    ]
    sentences += [f"移除的{removed}个课时不再要求学习，已学的学时保留。"] if removed else []
    sentences += [f"新增的{added}个课时，所有学员都要学习，包括已学完原版本的学员。"] if added else []
    return Effect(f"第{old.number}版 → 第{new.number}版", difference, sentences)


def upgrade_line(upgrade: VersionUpgrade) -> UpgradeLine:
    """Return a proposal for the page."""
    return UpgradeLine(
        versions=f"第{upgrade.from_version.number}版 → 第{upgrade.to_version.number}版",
        state=upgrade.get_state_display(),
        tone=TONES[upgrade.state],
        reason=upgrade.reason,
        proposed=staff_name(upgrade.proposed_by),
        opinion=upgrade.opinion,
    )
