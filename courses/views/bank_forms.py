"""Forms of the question bank. They carry what was typed; what is wrong with a question is said by its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from courses.models import Question, QuestionAudio
from courses.queries.studio import pictures_of
from courses.rules.question_cells import KNOWLEDGE
from courses.rules.questions import (
    CASE,
    DIFFICULTIES,
    KIND_NAMES,
    MOST_ROWS,
    Blank,
    Content,
    KeyPoint,
    Option,
    blank_content,
)
from courses.services.bank import Draft
from lms.catalogue.queries import occupations_on
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.organisations.models import Organisation

ALTERNATIVES = re.compile(r"[|｜]")
SPARE = {"options": 4, "blanks": 2, "key_points": 3}


class ContentForm(RefusableForm):
    """What every kind of question has (题型、题干、解析、分值)."""

    kind = forms.ChoiceField(label="题型", choices=list(KIND_NAMES.items()))
    stem = forms.CharField(
        label="题干",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="填空题用三个以上的下划线表示空，例如：电流为____安。案例题在这里写背景材料。",
    )
    points = forms.IntegerField(
        label="分值", required=False, help_text="1至100；案例题不用填，按小题合计。", widget=forms.NumberInput
    )
    explanation = forms.CharField(
        label="解析", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="答完以后给学员看，可以不填。"
    )


class PartForm(ContentForm):
    """A part of a case (小题)."""

    kind = forms.ChoiceField(label="题型", choices=[(kind, name) for kind, name in KIND_NAMES.items() if kind != CASE])
    stem = forms.CharField(label="小题题干", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    points = forms.IntegerField(label="小题分值", required=False, widget=forms.NumberInput)


class OptionForm(forms.Form):
    """An option (选项)."""

    text = forms.CharField(label="选项内容", required=False)
    correct = forms.BooleanField(label="正确", required=False)


class BlankForm(forms.Form):
    """A blank (空)."""

    accepts = forms.CharField(label="可接受的答案，多个用 | 隔开", required=False)
    tolerance = forms.CharField(label="误差（数字答案可填，如 0.5 或 2%）", required=False)


class KeyPointForm(forms.Form):
    """A key point (得分点)."""

    words = forms.CharField(label="关键词，同义的说法用 | 隔开", required=False)
    weight = forms.IntegerField(label="权重", required=False, widget=forms.NumberInput)


ROWS: dict[str, type[forms.Form]] = {"options": OptionForm, "blanks": BlankForm, "key_points": KeyPointForm}


def split(text: str) -> list[str]:
    """Return alternatives that a writer parted by |."""
    return [part.strip() for part in ALTERNATIVES.split(text) if part.strip()]


def rows_from(content: Content) -> dict[str, list[dict[str, Any]]]:
    """Return a content's rows as the forms show them."""
    return {
        "options": [dict(option) for option in content["options"]],
        "blanks": [{**one, "accepts": " | ".join(one["accepts"])} for one in content["blanks"]],
        "key_points": [{**one, "words": " | ".join(one["words"])} for one in content["key_points"]],
    }


class ContentEditor:
    """The form of a content with its rows; a case has one such editor for every part (试题编辑)."""

    def __init__(
        self, data: Mapping[str, Any] | None, content: Content, prefix: str = "q", *, is_part: bool = False
    ) -> None:
        form_class = PartForm if is_part else ContentForm
        self.prefix = prefix
        self.form = form_class(data, prefix=prefix, initial=dict(content))
        known = rows_from(content)
        self.rows: dict[str, BaseFormSet[Any]] = {
            name: formset_factory(row, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)(
                data, prefix=f"{prefix}-{name}", initial=self.with_spare(name, known[name])
            )
            for name, row in ROWS.items()
        }
        self.parts: list[ContentEditor] = [] if is_part else self.editors_of_parts(data, content)

    @staticmethod
    def with_spare(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows with empty ones behind them."""
        return [*rows, *({} for _ in range(len(rows), SPARE[name]))][:MOST_ROWS]

    def editors_of_parts(self, data: Mapping[str, Any] | None, content: Content) -> list[ContentEditor]:
        """Return an editor for every part, two empty ones to begin with."""
        parts = [*content["parts"], *(blank_content() for _ in range(len(content["parts"]), 2))]
        if data is not None:
            count = str(data.get("parts-count", "2"))
            wanted = min(MOST_ROWS, int(count)) if count.isdigit() else 2
            parts = [*parts, *(blank_content() for _ in range(MOST_ROWS))][:wanted]
        return [ContentEditor(data, part, f"part{place}", is_part=True) for place, part in enumerate(parts)]

    @property
    def options(self) -> BaseFormSet[Any]:
        """Return the rows of options."""
        return self.rows["options"]

    @property
    def blanks(self) -> BaseFormSet[Any]:
        """Return the rows of blanks."""
        return self.rows["blanks"]

    @property
    def key_points(self) -> BaseFormSet[Any]:
        """Return the rows of key points."""
        return self.rows["key_points"]

    def is_valid(self) -> bool:
        """Return whether everything can be read; whether it makes sense is asked of the rules."""
        forms_valid = [self.form.is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        is_case = str(self.form["kind"].value()) == CASE
        return all([*forms_valid, *(part.is_valid() for part in self.parts if is_case)])

    def content(self) -> Content:
        """Return what was typed."""
        values = self.form.cleaned_data
        kind = values["kind"]
        typed = {name: [row.cleaned_data for row in rows if row.cleaned_data] for name, rows in self.rows.items()}
        return blank_content(
            kind,
            stem=values["stem"],
            explanation=values["explanation"],
            points=values["points"] or 0,
            options=[Option(text=row["text"], correct=row["correct"]) for row in typed["options"]],
            blanks=[Blank(accepts=split(row["accepts"]), tolerance=row["tolerance"]) for row in typed["blanks"]],
            key_points=[KeyPoint(words=split(r["words"]), weight=r["weight"] or 0) for r in typed["key_points"]],
            parts=[part.content() for part in self.parts if part.is_used()] if kind == CASE else [],
        )

    def is_used(self) -> bool:
        """Return whether somebody wrote something: empty parts are left out."""
        rows_used = any(row.has_changed() for rows in self.rows.values() for row in rows)
        return bool(self.form.cleaned_data["stem"]) or rows_used


class FilingForm(RefusableForm):
    """Where a question is filed, its picture and its sound (归类、图片、录音)."""

    institution = forms.ModelChoiceField(Organisation.objects.none(), label="所属机构", empty_label=None)
    difficulty = forms.TypedChoiceField(
        label="难度",
        choices=[(value, f"{value} {name}") for value, name in DIFFICULTIES.items()],
        coerce=int,
        initial=3,
    )
    occupation: Any = forms.ModelChoiceField(
        None, label="职业", required=False, empty_label="不限职业", to_field_name="code"
    )
    level = forms.TypedChoiceField(
        label="等级", choices=[("", "不限等级"), *LEVEL_CHOICES], coerce=int, empty_value=None, required=False
    )
    knowledge = forms.CharField(
        label="知识点", required=False, help_text="多个用顿号或逗号隔开，例如：劳保用品、用电安全。"
    )
    image: Any = forms.ModelChoiceField(
        None,
        label="图片",
        required=False,
        empty_label="没有图片",
        help_text="从本机构的图片库选择，请先在“图像”里上传。",
    )
    image_alt = forms.CharField(label="图片说明", required=False, help_text="有图片时必填：看不到图片的学员靠它作答。")
    sound = forms.FileField(
        label="录音",
        required=False,
        help_text="可选，MP3、M4A、WAV、OGG，不超过 20 MB、5 分钟。选择新文件会替换现有录音。",
    )
    drops_sound = forms.BooleanField(label="去掉现有录音", required=False)

    def __init__(self, *args: Any, institutions: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [one.pk for one in institutions]
        self.choices_of("institution").queryset = Organisation.objects.filter(pk__in=units)
        self.choices_of("occupation").queryset = occupations_on(clock.today())
        self.choices_of("image").queryset = pictures_of(units)
        if len(institutions) == 1:
            self.fields["institution"].initial, self.fields["institution"].widget = units[0], forms.HiddenInput()

    def choices_of(self, name: str) -> Any:
        """Return a field of choices."""
        return self.fields[name]

    @staticmethod
    def values_of(question: Question) -> dict[str, Any]:
        """Return what the form starts from when a question is changed."""
        current = question.current
        return {
            "difficulty": question.difficulty,
            "occupation": question.occupation.code if question.occupation else None,
            "level": question.level,
            "knowledge": "、".join(sorted(point.name for point in question.knowledge.all())),
            "image": current.image_id if current else None,
            "image_alt": current.values["image_alt"] if current else "",
        }

    def draft(self, content: Content, audio: QuestionAudio | None) -> Draft:
        """Return the draft of a content filed as the form says."""
        values = self.cleaned_data
        image = values["image"]
        return Draft(
            content=content | {"image_alt": values["image_alt"]},
            difficulty=values["difficulty"],
            occupation=values["occupation"],
            level=values["level"],
            knowledge=tuple(KNOWLEDGE.split(values["knowledge"])),
            image_id=image.pk if image else None,
            audio=audio,
        )


class BankFilterForm(forms.Form):
    """What somebody looks for in the bank (筛选)."""

    q = forms.CharField(label="关键词", required=False)
    kind = forms.ChoiceField(label="题型", required=False, choices=[("", "全部"), *KIND_NAMES.items()])
    occupation = forms.ChoiceField(label="职业", required=False)
    level = forms.ChoiceField(label="等级", required=False, choices=[("", "全部"), *LEVEL_CHOICES])
    difficulty = forms.ChoiceField(label="难度", required=False, choices=[("", "全部"), *DIFFICULTIES.items()])
    knowledge = forms.ChoiceField(label="知识点", required=False)
    is_retired = forms.BooleanField(label="已停用的", required=False)

    def __init__(self, *args: Any, occupations: Any, knowledge: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occupation"].choices = [("", "全部"), *((one.code, one.name) for one in occupations)]  # type: ignore[attr-defined]
        self.fields["knowledge"].choices = [("", "全部"), *((name, name) for name in knowledge)]  # type: ignore[attr-defined]
