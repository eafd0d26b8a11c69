"""What quizzes give to presence checks, and what they keep to themselves while they are open (抽查题源)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from attendance.services import Stock, Taught
from courses.models import LessonKind, LessonVersion
from lms.classes.models import Enrolment, TrainingClass
from lms.exams.queries.results import is_over, known_by, open_quiz_questions, quiz_results, rules_of, words_of
from lms.people.queries import family_of


def stock_of_quizzes(taught: Sequence[Taught]) -> Stock:
    """Return the bank's questions of quizzes that are over, by lesson just taught, and which versions are still secret.

    A quiz is of what was taught when it stands in the same section. Whatever a quiz of any running class of the person can
    still be won by is not asked, be it in a film or marked for checks.
    """
    people = family_of(taught[0].person_id) if taught else []
    running = Enrolment.objects.filter(person__in=people, state=Enrolment.State.ACTIVE)
    running = running.filter(training_class__state=TrainingClass.State.OPEN).select_related("training_class")
    results = quiz_results([*{one.pk for one in running}, *{one.enrolment.pk for one in taught}])
    secrets = {key for enrolment in running for key in open_quiz_questions(enrolment, results)}
    offered = []
    for one in taught:
        terms, questions = one.terms, []
        for quiz in quizzes_of(one.lesson):
            result = results.get((one.enrolment.pk, quiz.lesson_uid))
            if is_over(result, rules_of(terms, quiz).left(result.attempts if result else 0)):
                questions += [asked for asked in quiz.quiz if "version" in asked]
        offered.append(questions)
    known = [
        *(question for one in taught for _, question in one.placed),
        *(q for found in offered for q in found),
    ]
    return Stock(offered, {one["version"] for one in known if secrets & {known_by(one), words_of(one)}})


def quizzes_of(lesson: LessonVersion) -> QuerySet[LessonVersion]:
    """Return the quizzes of a lesson's section (本章测验). One query."""
    same = LessonVersion.objects.filter(course_version=lesson.course_version_id, section_uid=lesson.section_uid)
    return same.filter(kind=LessonKind.QUIZ)
