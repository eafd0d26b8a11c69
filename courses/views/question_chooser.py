"""The window in which an editor chooses a question of the own institution's bank."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView, ChosenView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from courses.models import Question
from courses.queries.bank import own_questions, searched
from courses.rules.questions import KIND_NAMES
from courses.views.studio import STAFF
from lms.access.queries import actor_for
from lms.access.views import open_to


class QuestionSearchForm(BaseFilterForm):
    """What an editor looks for."""

    q = forms.CharField(label="关键词", required=False)
    kind = forms.ChoiceField(label="题型", required=False, choices=[("", "全部"), *KIND_NAMES.items()])

    def filter(self, objects: QuerySet[Question]) -> QuerySet[Question]:
        """Return the questions that fit."""
        words, kind = self.cleaned_data["q"], self.cleaned_data["kind"]
        self.is_searching, self.search_query = bool(words or kind), words
        return searched(objects.filter(current__kind=kind) if kind else objects, words)


class OwnQuestions:
    """What both lists of the window show (mixin)."""

    request: Any
    filter_form_class = QuestionSearchForm
    is_multiple_choice = False

    def get_object_list(self) -> QuerySet[Question]:
        """Return the institution's questions that are in use."""
        return own_questions(actor_for(self.request.user)).filter(is_retired=False)

    @property
    def columns(self) -> list[Column]:
        """Return the columns of the list."""
        return [
            self.title_column,  # type: ignore[attr-defined]
            Column("kind", label="题型", accessor=lambda one: one.current.get_kind_display()),
            Column("difficulty", label="难度", accessor=lambda one: one.get_difficulty_display()),
        ]


class ChooseQuestion(OwnQuestions, ChooseView):
    """The window."""


class ChooseQuestionResults(OwnQuestions, ChooseResultsView):
    """The list in the window, when somebody searches or turns its pages."""


class ChosenQuestion(ChosenView):
    """The answer when a question was chosen."""

    def get_object(self, pk: str) -> Question:
        """Return an own question that is in use."""
        if not pk.isdigit():
            raise ObjectDoesNotExist
        return own_questions(actor_for(self.request.user)).get(pk=pk, is_retired=False)

    def get_edit_item_url(self, instance: Question) -> str:
        """Return where it is edited."""
        return reverse("studio:question", args=[instance.uid])


class QuestionChooserViewSet(ChooserViewSet):
    """The window's addresses."""

    model = Question
    icon = "help"
    choose_one_text = "从题库选择"
    preserve_url_parameters: list[str] = []
    register_widget = False
    choose_view_class = ChooseQuestion
    choose_results_view_class = ChooseQuestionResults
    chosen_view_class = ChosenQuestion

    def construct_view(self, view_class: Any, **kwargs: Any) -> Any:
        """Return a view that states who may use it."""
        return open_to(*STAFF)(super().construct_view(view_class, **kwargs))

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return only what is used: one question at a time, and none is made here."""
        return [
            path("", self.choose_view, name="choose"),
            path("results/", self.choose_results_view, name="choose_results"),
            path("chosen/<str:pk>/", self.chosen_view, name="chosen"),
        ]


question_chooser = QuestionChooserViewSet("question_chooser")
