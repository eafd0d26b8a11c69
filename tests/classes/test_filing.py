"""Filing a class: its own institution's course and teacher, dates in order, editable until it is submitted."""

from __future__ import annotations

from datetime import date

import pytest

from lms.audit.models import AuditEntry
from lms.classes.models import TrainingClass
from lms.classes.services import change_class, submit_class
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from tests.cast import make_user
from tests.classes.stage import bring, filed, row, submitted
from tests.factories import make_course_version


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


def test_files_a_draft_of_the_courses_institution(cast, site_root):
    made = filed(cast, site_root)

    assert (made.state, made.institution, made.filed_by, made.number) == ("draft", cast.institution_a, cast.zhao, None)
    assert AuditEntry.objects.filter(action="classes.filed", target_uid=made.uid, user=cast.zhao).count() == 1


@pytest.mark.parametrize("who", ["qian", "li", "chen", "wang", "lu", "wu"])
def test_only_the_institutions_staff_may_file(cast, site_root, who):
    version = make_course_version(site_root, cast.institution_a)
    from lms.classes.services import file_class
    from tests.factories import make_programme

    with pytest.raises(ForbiddenError):
        file_class(
            name="越权",
            programme=make_programme(cast.department),
            course_version=version,
            starts_on=date(2026, 5, 1),
            ends_on=date(2026, 5, 2),
            actor=cast.actor(who),
        )

    assert not TrainingClass.objects.exists()


def test_dates_out_of_order_are_refused_at_the_field(cast, site_root):
    with pytest.raises(InvalidError) as refusal:
        filed(cast, site_root, ends_on=date(2026, 5, 5))

    assert list(refusal.value.fields) == ["ends_on"]
    assert not TrainingClass.objects.exists()


def test_a_teacher_of_nowhere_is_refused(cast, site_root):
    with pytest.raises(InvalidError) as refusal:
        filed(cast, site_root, teacher=make_user("outsider"))

    assert list(refusal.value.fields) == ["teacher"]


def test_a_course_of_another_institution_cannot_be_moved_in(cast, site_root):
    made = filed(cast, site_root)
    theirs = make_course_version(site_root, cast.institution_b)

    with pytest.raises(InvalidError):
        change_class(training_class=made, actor=cast.actor("zhao"), course_version=theirs)

    made.refresh_from_db()
    assert made.course_version.institution == cast.institution_a


def test_a_submitted_class_cannot_be_changed(cast, site_root):
    made = submitted(cast, site_root)

    with pytest.raises(ConflictError):
        change_class(training_class=made, actor=cast.actor("zhao"), name="偷换的名称")

    made.refresh_from_db()
    assert made.name == "焊工初级一班"


def test_submitting_names_everything_that_is_missing(cast, site_root):
    made = filed(cast, site_root, teacher=None, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 2))

    with pytest.raises(InvalidError) as refusal:
        submit_class(training_class=made, actor=cast.actor("zhao"))

    assert refusal.value.data["problems"] == ["名册里还没有学员。", "还没有选择任课教师。", "结束日期已过。"]
    made.refresh_from_db()
    assert made.state == "draft"
    assert not made.decisions.exists()


def test_a_complete_class_is_submitted(cast, site_root):
    made = filed(cast, site_root)
    bring(cast, made, row(31))

    submit_class(training_class=made, actor=cast.actor("zhao"))

    made.refresh_from_db()
    assert made.state == "submitted"
    assert [(step.kind, step.by) for step in made.decisions.all()] == [("submitted", cast.zhao)]
