"""Windows in which an editor chooses what the own institution has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView, ChosenView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from courses.views.studio import STAFF
from lms.access.queries import actor_for
from lms.access.views import open_to
from lms.kernel.numbers import whole_number


class OwnSearchForm(BaseFilterForm):
    """What an editor looks for; each window has a `filter` of its own."""

    q = forms.CharField(label="关键词", required=False)

    def words(self) -> str:
        """Return the words that are looked for, and note for the window whether anything is."""
        self.is_searching, self.search_query = any(self.cleaned_data.values()), self.cleaned_data["q"]
        words: str = self.search_query
        return words


class OwnList:
    """What both lists of a window show (mixin)."""

    request: Any
    title_column: Column
    own: Any = None
    more_columns: tuple[Column, ...] = ()
    filter_form_class: type[BaseFilterForm] | None = None
    is_multiple_choice = False

    def get_object_list(self) -> QuerySet[Any]:
        """Return what the institution has of it."""
        offered: QuerySet[Any] = self.own(actor_for(self.request.user))
        return offered

    @property
    def columns(self) -> list[Column]:
        """Return the columns of the list."""
        return [self.title_column, *self.more_columns]


class ChooseOwn(OwnList, ChooseView):
    """The window."""


class ChooseOwnResults(OwnList, ChooseResultsView):
    """The list in the window, when somebody searches or turns its pages."""


class ChosenOwn(ChosenView):
    """The answer when something was chosen."""

    own: Any = None
    page_name = ""

    def get_object(self, pk: str) -> Any:
        """Return what the institution has under this key."""
        return self.own(actor_for(self.request.user)).get(pk=whole_number(pk) or 0)

    def get_edit_item_url(self, instance: Any) -> str:
        """Return where it is looked at or changed."""
        return reverse(self.page_name, args=[instance.uid])


class OwnChooserViewSet(ChooserViewSet):
    """A window's addresses (abstract). `own`: what an actor may choose from; `page_name`: where a chosen one is shown."""

    own: Any  # a static method
    page_name: str
    filter_form_class: type[OwnSearchForm]
    more_columns: tuple[Column, ...] = ()
    choose_view_class = ChooseOwn
    choose_results_view_class = ChooseOwnResults
    chosen_view_class = ChosenOwn
    preserve_url_parameters: list[str] = []
    register_widget = False

    def get_common_view_kwargs(self, **kwargs: Any) -> Any:
        """Return what the views are told of this window."""
        told = {name: getattr(self, name) for name in ("own", "page_name", "filter_form_class", "more_columns")}
        return super().get_common_view_kwargs(**told, **kwargs)

    def construct_view(self, view_class: Any, **kwargs: Any) -> Any:
        """Return a view that states who may use it."""
        return open_to(*STAFF)(super().construct_view(view_class, **kwargs))

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return only what is used: one at a time, and none is made here."""
        return [
            path("", self.choose_view, name="choose"),
            path("results/", self.choose_results_view, name="choose_results"),
            path("chosen/<str:pk>/", self.chosen_view, name="chosen"),
        ]
