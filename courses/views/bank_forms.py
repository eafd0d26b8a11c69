"""Forms of the question bank. They carry what was typed; what is wrong with a question is said by its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from courses.models import PartMedia, Question, QuestionVersion
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
from courses.services.bank import Draft, Media
from courses.services.sounds import NewSound
from lms.catalogue.queries import occupations_on
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.kernel.numbers import whole_number
from lms.organisations.models import Organisation

Sent = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]  # what a form sent: its fields and its files
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
    correct = forms.BooleanField(label="正确", label_suffix="", required=False)


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


class StemMediaForm(RefusableForm):
    """The picture and the sound at a stem (图片、录音)."""

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
    drops_sound = forms.BooleanField(label="去掉现有录音", label_suffix="", required=False)

    def __init__(
        self,
        *args: Any,
        institutions: Sequence[Organisation],
        held: QuestionVersion | PartMedia | None,
        initial: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"image": held.image_id if held else None, **initial}
        super().__init__(*args, **kwargs)
        self.held_sound = held.audio if held else None
        self.choices_of("image").queryset = pictures_of([one.pk for one in institutions])
        if self.held_sound is None:
            del self.fields["drops_sound"]

    def choices_of(self, name: str) -> Any:
        """Return a field of choices."""
        return self.fields[name]

    def kept_media(self) -> Media:
        """Return what is kept: the picture that was chosen, and the sound of before unless it is dropped."""
        values = self.cleaned_data
        image, drops = values["image"], values.get("drops_sound")
        return Media(image_id=image.pk if image else None, audio=None if drops else self.held_sound)

    def note_lost_file(self) -> None:
        """Say that a sound that was sent has to be chosen again: no page gives a browser its file back."""
        file = self.files.get(self.add_prefix("sound"))
        if file and "sound" not in self.errors:
            self.add_error("sound", f"“{file.name}”还没有保存。改好其他地方以后，请重新选择这个文件。")

    def new_sound(self) -> NewSound | None:
        """Return the sound that was sent."""
        file = self.cleaned_data["sound"]
        return NewSound(file=file, name=file.name, size_bytes=file.size) if file else None


class ContentEditor:
    """The form of a content with its rows (试题编辑). `errors`: what is wrong with rows, by their name."""

    form_class: type[ContentForm] = ContentForm

    def __init__(self, data: Mapping[str, Any] | None, content: Content, prefix: str) -> None:
        self.prefix = prefix
        self.errors: dict[str, str] = {}
        self.form = self.form_class(data, prefix=prefix, initial=dict(content))
        known = rows_from(content)
        self.rows: dict[str, BaseFormSet[Any]] = {
            name: formset_factory(row, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)(
                data, prefix=f"{prefix}-{name}", initial=self.with_spare(name, known[name])
            )
            for name, row in ROWS.items()
        }

    @staticmethod
    def with_spare(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows with empty ones behind them."""
        return [*rows, *({} for _ in range(len(rows), SPARE[name]))][:MOST_ROWS]

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
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows.values())])

    def content(self) -> Content:
        """Return what was typed."""
        values = self.form.cleaned_data
        typed = self.typed_rows()
        return blank_content(
            values["kind"],
            stem=values["stem"],
            explanation=values["explanation"],
            points=values["points"] or 0,
            options=[Option(text=row["text"], correct=row["correct"]) for row in typed["options"]],
            blanks=[Blank(accepts=split(row["accepts"]), tolerance=row["tolerance"]) for row in typed["blanks"]],
            key_points=[KeyPoint(words=split(r["words"]), weight=r["weight"] or 0) for r in typed["key_points"]],
        )

    def typed_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows in which something stands."""
        return {name: [row.cleaned_data for row in rows if row.cleaned_data] for name, rows in self.rows.items()}

    def take(self, name: str, sentence: str, *forms: RefusableForm) -> None:
        """Show what is wrong where it belongs: at a field of its forms, else at its rows."""
        form = next((one for one in (self.form, *forms) if name in one.fields), None)
        if form is None:
            self.errors[name] = sentence
        else:
            form.add_error(name, sentence)


class PartEditor(ContentEditor):
    """The form of a part of a case, with its picture and its sound (小题编辑)."""

    form_class = PartForm

    def __init__(
        self,
        sent: Sent,
        content: Content,
        place: int,
        *,
        held: PartMedia | None,
        institutions: Sequence[Organisation],
    ) -> None:
        data, files = sent
        super().__init__(data, content, f"part{place}")
        known = {"image_alt": content["image_alt"]}
        self.media = StemMediaForm(data, files, prefix=self.prefix, held=held, initial=known, institutions=institutions)

    def is_valid(self) -> bool:
        """Return whether everything can be read."""
        return all([super().is_valid(), self.media.is_valid()])

    def content(self) -> Content:
        """Return what was typed."""
        content = super().content()
        content["image_alt"] = self.media.cleaned_data["image_alt"]
        return content

    def is_used(self) -> bool:
        """Return whether something stands in it: empty parts are left out, with the sound that they had."""
        values, media = self.form.cleaned_data, self.media.cleaned_data
        rows = [value for rows in self.typed_rows().values() for row in rows for value in row.values()]
        return any([values["stem"], media["image"], media["image_alt"], media["sound"], *rows])


class QuestionEditor(ContentEditor):
    """The form of a question; a case has an editor for every part."""

    def __init__(self, sent: Sent, current: QuestionVersion | None, institutions: Sequence[Organisation]) -> None:
        content = current.values if current else blank_content()
        super().__init__(sent[0], content, "q")
        known = content["parts"]
        self.parts = [
            PartEditor(
                sent,
                known[place] if place < len(known) else blank_content(),
                place,
                held=current.media_of_part(place + 1) if current else None,
                institutions=institutions,
            )
            for place in range(self.part_count(sent[0], len(known)))
        ]

    @staticmethod
    def part_count(data: Mapping[str, Any] | None, known: int) -> int:
        """Return how many parts are shown: two empty ones to begin with."""
        if data is None:
            return max(2, known)
        count = whole_number(str(data.get("parts-count", "")))
        return 2 if count is None else min(MOST_ROWS, count)

    def is_case(self) -> bool:
        """Return whether it has parts."""
        return str(self.form["kind"].value()) == CASE

    def is_valid(self) -> bool:
        """Return whether everything can be read."""
        return all([super().is_valid(), *(part.is_valid() for part in self.parts if self.is_case())])

    def used_parts(self) -> list[PartEditor]:
        """Return the parts of a case in which something stands."""
        return [part for part in self.parts if part.is_used()] if self.is_case() else []

    def content(self) -> Content:
        """Return what was typed, parts included."""
        content = super().content()
        content["parts"] = [part.content() for part in self.used_parts()]
        return content


class FilingForm(StemMediaForm):
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
    field_order = ("institution", "difficulty", "occupation", "level", "knowledge")

    def __init__(self, sent: Sent, question: Question | None, institutions: Sequence[Organisation]) -> None:
        current = question.current if question else None
        initial = self.values_of(question) if question else {}
        super().__init__(*sent, institutions=institutions, held=current, initial=initial)
        units = [one.pk for one in institutions]
        self.choices_of("institution").queryset = Organisation.objects.filter(pk__in=units)
        self.choices_of("occupation").queryset = occupations_on(clock.today())
        if len(institutions) == 1:
            self.fields["institution"].initial, self.fields["institution"].widget = units[0], forms.HiddenInput()

    @staticmethod
    def values_of(question: Question) -> dict[str, Any]:
        """Return what the form starts from when a question is changed."""
        current = question.current
        return {
            "difficulty": question.difficulty,
            "occupation": question.occupation.code if question.occupation else None,
            "level": question.level,
            "knowledge": "、".join(sorted(point.name for point in question.knowledge.all())),
            "image_alt": current.values["image_alt"] if current else "",
        }

    def draft(self, editor: QuestionEditor) -> Draft:
        """Return the draft of what was typed, filed as the form says."""
        values = self.cleaned_data
        return Draft(
            content=editor.content() | {"image_alt": values["image_alt"]},
            difficulty=values["difficulty"],
            occupation=values["occupation"],
            level=values["level"],
            knowledge=tuple(KNOWLEDGE.split(values["knowledge"])),
            media=self.kept_media(),
            parts=tuple(part.media.kept_media() for part in editor.used_parts()),
        )

    def sounds(self, editor: QuestionEditor) -> dict[int, NewSound]:
        """Return the sounds that were sent, by place."""
        found = [self.new_sound(), *(part.media.new_sound() for part in editor.used_parts())]
        return {place: sound for place, sound in enumerate(found) if sound is not None}


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
