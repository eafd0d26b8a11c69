"""Where what a notice is about is shown."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from courses.models import CoursePage
from lms.access.queries import actor_for
from lms.notifications.models import Notice
from lms.portal.workspaces import landing


def outline_of(notice: Notice) -> str:
    """Return the address of a course's outline in the studio, or of the studio's courses when it is gone."""
    course = CoursePage.objects.filter(uid=notice.subject).first()
    return reverse("studio:outline", args=[course.pk]) if course else reverse("wagtailadmin_home")


def page_of(name: str) -> Callable[[Notice], str]:
    """Return what gives the address of a page that has none of its own for each subject."""
    return lambda notice: reverse(name)


def subject_at(name: str) -> Callable[[Notice], str]:
    """Return what gives the address of a subject's own page."""
    return lambda notice: reverse(name, args=[notice.subject])


ADDRESSES: dict[str, Callable[[Notice], str]] = {
    "class_decided": subject_at("institution_class"),
    "course_decided": outline_of,
    "enrolled": page_of("my"),
    "class_closed": page_of("my"),
    "appeal_decided": page_of("my_appeals"),
    "case_person": page_of("my_cases"),
    "case_institution": page_of("institution_cases"),
    "practice_changed": subject_at("my_practice"),
    "live_changed": subject_at("my_live"),
    "live_soon": subject_at("my_live"),
    "live_teach_soon": subject_at("institution_live"),
    "replay_shown": subject_at("my_live"),
    "role_changed": lambda notice: landing(actor_for(notice.user)),
    "filing_decided": subject_at("filing_unit"),
    "live_unattended": subject_at("institution_live_attendance"),
}


def address_of_subject(notice: Notice) -> str:
    """Return the address of what a notice is about."""
    return ADDRESSES[notice.kind](notice)
