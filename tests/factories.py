"""Shortcuts to what most tests start from; how the product makes these things is tested elsewhere."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from wagtail.signal_handlers import disable_reference_index_auto_update

from courses.models import (
    CatalogueIndexPage,
    CoursePage,
    CourseVersion,
    HomePage,
    InstitutionPage,
    LessonPage,
    LessonVersion,
    SectionPage,
)
from courses.services.review import words_of
from lms.catalogue.models import Occupation
from lms.catalogue.services.occupations import index_occupation
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.zh import pinyin
from lms.live.models import LiveSession
from lms.organisations.models import Organisation
from lms.people.models import Person, User
from lms.planning.models import FundingCategory, Programme, StudyPolicy
from lms.planning.rules import StudyTerms
from lms.practice.models import PracticeSession, TimetableStep

counter = itertools.count(1)
MINUTE = 60_000
QUESTION = {
    "id": "q1",
    "kind": "single",
    "stem": "焊接前首先应当做什么？",
    "options": [
        {"id": "a", "text": "检查设备和防护", "correct": True},
        {"id": "b", "text": "直接引弧", "correct": False},
    ],
    "explanation": "先检查，再作业。",
}


def make_occupation(code: str = "6-18-02-04", name: str = "焊工") -> Occupation:
    """Return an occupation of the 大典."""
    occupation, made = Occupation.objects.get_or_create(
        code=code, edition="2022", defaults={"name": name, "valid_from": date(2022, 9, 1), "source": "示例"}
    )
    if made:
        index_occupation(occupation=occupation, name=name)
    return occupation


def put(parent: Any, page: Any) -> Any:
    """Put a page into the tree, with none of Wagtail's checks, and none of its records of what refers to what."""
    page.draft_title, page.locale, page.save = page.title, parent.locale, partial(page.save, clean=False)
    with disable_reference_index_auto_update():
        parent.add_child(instance=page)
    del page.save
    return page


def make_tree(root: Any, institution: Organisation) -> InstitutionPage:
    """Return the institution's page under home and catalogue, made when missing."""
    home = HomePage.objects.first() or put(root, HomePage(title="首页", slug="home"))
    index = CatalogueIndexPage.objects.first() or put(home, CatalogueIndexPage(title="课程", slug="courses"))
    page = InstitutionPage.objects.filter(institution=institution).first()
    return page or put(
        index, InstitutionPage(title=institution.name, slug=f"org-{institution.pk}", institution=institution)
    )


def make_course(root: Any, institution: Organisation, *, title: str = "焊工安全操作（初级）") -> CoursePage:
    """Return a course page with one section and a video, an article and a quiz lesson."""
    n = next(counter)
    page = CoursePage(
        title=title,
        slug=f"course-{n}",
        occupation=make_occupation(),
        level=1,
        class_hours=2,
        summary="从劳保用品到第一条焊缝",
        outcomes="能检查焊机\n能正确穿戴防护用品",
    )
    course = put(make_tree(root, institution), page)
    section = put(course, SectionPage(title="第一章 安全", slug=f"section-{n}"))
    for i, kind in enumerate(("video", "article", "quiz"), 1):
        put(section, LessonPage(title=f"第{i}课", slug=f"lesson-{n}-{i}", kind=kind))
    return course


def make_course_version(
    root: Any,
    institution: Organisation,
    *,
    lessons: tuple[tuple[str, int], ...] = (("video", 10 * MINUTE),),
    questions: Sequence[Mapping[str, Any]] = (QUESTION,),
) -> CourseVersion:
    """Return a released version with lessons given as (kind, length in ms); quizzes ask `questions`."""
    course = make_course(root, institution)
    version = CourseVersion.objects.create(
        course=course,
        number=1,
        title=course.title,
        summary=course.summary,
        outcomes=course.outcomes,
        occupation=course.occupation,
        level=course.level,
        class_hours=course.class_hours,
        institution=institution,
        words=words_of(course),
        pinyin=pinyin(course.title),
        digest="0" * 64,
    )
    section_uid = uuid.uuid4()
    for position, (kind, length_ms) in enumerate(lessons, 1):
        LessonVersion.objects.create(
            course_version=version,
            lesson_uid=uuid.uuid4(),
            position=position,
            section_uid=section_uid,
            section_title="第一章 安全",
            title=f"第{position}课",
            kind=kind,
            length_ms=length_ms,
            quiz=list(questions) if kind == "quiz" else [],
        )
    return version


def make_programme(department: Organisation) -> Programme:
    """Return a programme with a funding category and a policy (示例)."""
    category = FundingCategory.objects.get_or_create(
        code="F07", valid_from=date(2020, 1, 20), defaults={"name": "五类人员就业技能培训", "source": "示例"}
    )[0]
    StudyPolicy.objects.get_or_create(
        name="示例口径",
        version=1,
        defaults={"effective_from": date(2020, 1, 1), "source": "示例", "terms": StudyTerms().as_json()},
    )
    return Programme.objects.create(
        code=f"P{next(counter):04}",
        name="就业技能培训（示例）",
        department=department,
        funding_category=category,
        policy_name="示例口径",
        starts_on=date(2020, 1, 1),
    )


def make_class(
    version: CourseVersion, department: Organisation, *, terms: StudyTerms | None = None, **fields: Any
) -> TrainingClass:
    """Return an open class with frozen terms, running through 2026 and, whenever it is made, for a month at least."""
    return TrainingClass.objects.create(
        **{
            "name": "焊工初级一班",
            "number": f"C{next(counter):05}",
            "programme": make_programme(department),
            "institution": version.institution,
            "course_version": version,
            "starts_on": date(2026, 1, 1),
            "ends_on": max(date(2026, 12, 31), clock.today() + timedelta(days=30)),
            "state": TrainingClass.State.OPEN,
            "policy": StudyPolicy.objects.get(name="示例口径", version=1),
            "frozen_terms": (terms or StudyTerms()).as_json(),
            **fields,
        }
    )


def make_enrolment(training_class: TrainingClass, person: Person) -> Enrolment:
    """Return a person's place in a class."""
    return Enrolment.objects.create(training_class=training_class, person=person)


def make_live(training_class: TrainingClass, teacher: User, **changes: Any) -> LiveSession:
    """Return a live lesson that is to come."""
    values = {
        "title": "第一章答疑", "starts_at": datetime(2126, 3, 2, 1, tzinfo=UTC), "ends_at": datetime(2126, 3, 2, 3, tzinfo=UTC),
    }  # fmt: skip
    return LiveSession.objects.create(training_class=training_class, teacher=teacher, **values | changes)


def make_practice(training_class: TrainingClass, teacher: User) -> PracticeSession:
    """Return a session at a place that was long ago, without a position."""
    session = PracticeSession.objects.create(training_class=training_class)
    TimetableStep.objects.create(
        session=session, number=1, lesson_uid=uuid.uuid4(), starts_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        ends_at=datetime(2026, 3, 2, 3, tzinfo=UTC), place="实训楼101", teacher=teacher, capacity=30,
    )  # fmt: skip
    return session
