"""Forms of registered demand: learners' and enterprises'."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.catalogue.models import LearningMode, Occupation, TrainingDemand
from lms.catalogue.queries import occupations_on
from lms.catalogue.rules import LEVEL_CHOICES
from lms.catalogue.services.demand import MOST_HEADS
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.organisations.models import Organisation


class DemandForm(RefusableForm):
    """登记培训需求."""

    occupation = forms.ModelChoiceField(
        Occupation.objects.none(),
        label="想学的职业",
        empty_label="请选择",
        error_messages={"required": "请选择想学的职业。", "invalid_choice": "这个职业已不在现行目录里，请重新选择。"},
    )
    level = forms.TypedChoiceField(label="等级", choices=LEVEL_CHOICES, coerce=int, initial=1)
    mode = forms.ChoiceField(label="培训方式", choices=LearningMode.choices)
    time = forms.ChoiceField(label="上课时间", choices=TrainingDemand.Time.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["occupation"]
        field.queryset = occupations_on(clock.today()).prefetch_related(None)  # type: ignore[attr-defined]


class StaffDemandForm(DemandForm):
    """企业登记培训需求."""

    enterprise = forms.ModelChoiceField(Organisation.objects.none(), label="企业", empty_label=None)
    headcount = forms.IntegerField(
        label="需要培训的人数",
        min_value=1,
        max_value=MOST_HEADS,
        error_messages={"required": "请填写人数。", "invalid": "请填写数字，例如 20。"},
    )
    field_order = ["enterprise", "occupation", "level", "headcount", "mode", "time"]

    def __init__(self, *args: Any, enterprises: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["enterprise"]
        field.queryset = enterprises  # type: ignore[attr-defined]
        if len(enterprises) == 1:
            field.initial, field.widget = enterprises[0].pk, forms.HiddenInput()
