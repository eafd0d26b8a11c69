"""The window in which an editor chooses a question of the own institution's bank."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from wagtail.admin.ui.tables import Column

from courses.models import Question
from courses.queries.bank import own_questions, searched
from courses.rules.questions import KIND_NAMES
from courses.views.choosers import OwnChooserViewSet, OwnSearchForm
from lms.access.rules import Actor


class QuestionSearchForm(OwnSearchForm):
    """What an editor looks for."""

    kind = forms.ChoiceField(label="题型", required=False, choices=[("", "全部"), *KIND_NAMES.items()])

    def filter(self, objects: QuerySet[Question]) -> QuerySet[Question]:
        """Return the questions that fit."""
        words, kind = self.words(), self.cleaned_data["kind"]
        return searched(objects.filter(current__kind=kind) if kind else objects, words)


def usable_questions(actor: Actor) -> QuerySet[Question]:
    """Return the institution's questions that are in use."""
    return own_questions(actor).filter(is_retired=False)


class QuestionChooserViewSet(OwnChooserViewSet):
    """The window's addresses."""

    model = Question
    icon = "help"
    choose_one_text = "从题库选择"
    own = staticmethod(usable_questions)
    page_name = "studio:question"
    filter_form_class = QuestionSearchForm
    more_columns = (
        Column("kind", label="题型", accessor=lambda one: one.current.get_kind_display()),
        Column("difficulty", label="难度", accessor=lambda one: one.get_difficulty_display()),
    )


question_chooser = QuestionChooserViewSet("question_chooser")
