"""Filing while a measure is in force: the row, or the form's field, says why and until when."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.anomalies.models import CaseStep, Measure
from lms.anomalies.services import confirm_ruling, propose_ruling
from lms.classes.models import RosterRow, TrainingClass
from lms.classes.services import change_class
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from tests.anomalies.stage import REASON, fresh
from tests.cast import document_number, make_person
from tests.classes.stage import bring, filed, row, sheet
from tests.factories import make_class


@pytest.fixture
def draft(stage):
    """Return a draft of institution A that begins next month."""
    return make_class(
        stage.training_class.course_version, stage.cast.department, state=TrainingClass.State.DRAFT, policy=None,
        frozen_terms=None, number=None, teacher=stage.cast.li, starts_on=date(2026, 6, 1), ends_on=date(2026, 8, 31),
    )  # fmt: skip


def wang(stage):
    return ("", "王芳", "", str(stage.cast.wang.person.document_number), "", "")


def test_a_row_says_why_somebody_may_not_sign_up_and_until_when(stage, draft):
    stage.ruled("bar")

    report = bring(stage.cast, draft, row(31), wang(stage), row(32))

    [wrong] = report.errors
    assert (wrong.number, wrong.column, RosterRow.objects.count()) == (3, "证件号码", 0)
    assert "经核查处理，2026年12月31日前不能报名" in wrong.sentence
    assert "到期后再报名" in wrong.sentence
    assert report.corrections is not None


def test_the_page_of_the_roster_shows_it_at_the_row(stage, draft, settings):
    settings.STAFF_MFA_REQUIRED = False
    stage.ruled("bar")
    client = Client()
    client.force_login(stage.cast.zhao)
    upload = SimpleUploadedFile("名册.xlsx", sheet(wang(stage)))

    answer = client.post(f"/institution/classes/{draft.uid}/roster/", {"file": upload})

    assert answer.status_code == 422
    assert "2026年12月31日前不能报名" in answer.content.decode()


def test_a_proposal_bars_nobody_and_a_bar_that_is_over_neither(stage, draft):
    case = stage.reviewing()
    propose_ruling(case=case, outcome="fraud", reason=REASON, plans=stage.plans("bar"), actor=stage.cast.actor("sun"))
    assert bring(stage.cast, draft, wang(stage)).errors == []
    RosterRow.objects.all().delete()

    confirm_ruling(case=fresh(case), agrees=True, opinion="同意", actor=stage.cast.actor("chen"))
    stage.traveller.move_to(clock.now().replace(year=2027, month=1, day=1))

    assert bring(stage.cast, draft, wang(stage)).errors == []


def test_a_sheet_costs_the_same_questions_for_much_as_for_little(stage, draft):
    lay_bars(stage, 50)
    bring(stage.cast, draft, wang(stage), wang(stage))  # the first call makes a data key
    costs = []
    for count in (5, 50):
        rows = [("", f"学员{serial}", "", document_number(serial), "", "") for serial in range(700, 700 + count)]
        with CaptureQueriesContext(connection) as caught:
            assert len(bring(stage.cast, draft, *rows).errors) == count
        costs.append(len(caught))

    assert costs[0] == costs[1]


def lay_bars(stage, count):
    """Bar people, by a ruling that was confirmed."""
    ruling = CaseStep.objects.create(case=stage.case(), kind="ruled", outcome="fraud")
    CaseStep.objects.create(case=ruling.case, kind="confirmed", answers=ruling)
    people = [make_person(f"学员{serial}", serial) for serial in range(700, 700 + count)]
    Measure.objects.bulk_create(
        Measure(ruling=ruling, kind="bar", person=person, until=date(2026, 12, 31)) for person in people
    )


@pytest.mark.parametrize("first_day", [date(2026, 6, 1), date(2026, 6, 30)], ids=["within", "on the last day"])
def test_a_suspended_institution_files_no_class_that_begins_before_the_end(stage, draft, site_root, first_day):
    stage.ruled("suspend")
    version = stage.training_class.course_version
    fields = {"programme": draft.programme, "course_version": version, "ends_on": date(2026, 8, 31)}

    for deed in (
        lambda: filed(stage.cast, site_root, starts_on=first_day, **fields),
        lambda: change_class(training_class=draft, actor=stage.cast.actor("zhao"), starts_on=first_day),
    ):
        with pytest.raises(InvalidError) as refused:
            deed()
        assert set(refused.value.fields) == {"starts_on"}
        assert "暂停开班至2026年6月30日" in refused.value.message
    with pytest.raises(InvalidError, match="暂停开班至2026年6月30日"):
        bring(stage.cast, draft, row(31))


def test_a_class_that_begins_afterwards_may_be_prepared(stage, draft, site_root):
    stage.ruled("suspend")
    version = stage.training_class.course_version
    fields = {"programme": draft.programme, "course_version": version, "ends_on": date(2026, 8, 31)}

    made = filed(stage.cast, site_root, starts_on=date(2026, 7, 1), **fields)

    assert bring(stage.cast, made, row(31)).errors == []
