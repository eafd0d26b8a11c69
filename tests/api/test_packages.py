"""A course package over JSON: where it plays, what it finds again, and that nothing it says of itself counts."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from attendance.models import Beat, HoursEntry, PackageReport, StudySession
from attendance.services import packages as service
from lms.completion.queries import completion_of
from lms.planning.rules import StudyTerms
from tests.api.test_learning import Api
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.packages import package_lesson
from tests.player import Player

TERMS = StudyTerms(check_min_ms=None, check_max_ms=None)
REPORT = {"lesson_status": "completed", "lesson_location": "3", "score_raw": 90, "suspend_data": "看过3步"}


@pytest.fixture
def enrolment(cast, site_root, settings):
    settings.STAFF_MFA_REQUIRED = False
    version = make_course_version(site_root, cast.institution_a, lessons=(("scorm", 2 * MINUTE), ("article", MINUTE)))
    package_lesson(version)
    return make_enrolment(make_class(version, cast.department, terms=TERMS), cast.wang.person)


@pytest.fixture
def lesson(enrolment):
    return enrolment.training_class.course_version.lessons.get(kind="scorm")


@pytest.fixture
def study(cast, enrolment, lesson, at):
    """Return a function that opens the lesson on some device, at nine on a day of the class."""
    at(2026, 5, 6, 9, 0)

    def begin(key="k1"):
        body = {"enrolment": str(enrolment.uid), "lesson": str(lesson.lesson_uid), "client": "pc"}
        return Api(cast.wang)("POST", "/study-sessions", body, Idempotency_Key=key)[1]

    return begin


def say(user, session, body=REPORT, key="r1"):
    return Api(user)("POST", f"/study-sessions/{session['id']}/package", body, Idempotency_Key=key)


def test_an_open_session_says_where_the_package_plays(study, lesson, client):
    package = study()["package"]

    assert package["url"].startswith("/scorm/")
    assert package["url"].endswith("/pages/index.html?lang=zh")
    assert (package["origin"], package["sandbox"], package["mastery_score"]) == (
        "null",
        "allow-scripts allow-forms",
        80,
    )
    assert package["cmi"] == {
        "lesson_status": "not attempted", "lesson_location": "", "score_raw": None, "suspend_data": "",
    }  # fmt: skip
    assert client.get(package["url"]).status_code == 200


def test_a_package_finds_again_what_it_reported_last(cast, study):
    session = study()

    status, kept = say(cast.wang, session)
    say(cast.wang, session, REPORT | {"lesson_location": "4", "score_raw": 77.25}, key="r2")

    assert (status, kept["lesson_status"], kept["score_raw"]) == (200, "completed", 90)
    assert study("k2")["package"]["cmi"] == {
        "lesson_status": "completed", "lesson_location": "4", "score_raw": 77.25, "suspend_data": "看过3步",
    }  # fmt: skip


def test_the_same_report_again_is_kept_once(cast, study):
    session = study()

    first = say(cast.wang, session)

    assert say(cast.wang, session) == first
    assert PackageReport.objects.count() == 1


def test_a_claimed_completion_gains_no_second_and_completes_nothing(cast, study, enrolment):
    session = study()

    for number, word in enumerate(("passed", "completed")):
        assert say(cast.wang, session, REPORT | {"lesson_status": word, "score_raw": 100}, key=f"r{number}")[0] == 200

    done = completion_of([enrolment])[enrolment.pk]
    assert (done.totals.confirmed_ms, done.totals.pending_ms, done.is_completed) == (0, 0, False)
    assert [(one.state, one.covered_percent) for one in done.lessons] == [("open", 0), ("locked", 0)]
    assert Beat.objects.count() == HoursEntry.objects.count() == 0


def test_time_counts_as_for_a_text_and_completes_the_lesson_without_a_claim(cast, enrolment, lesson, at):
    player = Player(at(2026, 5, 6, 9, 0), enrolment, lesson, cast.actor("wang"))
    player.play(120)
    player.close()

    done = completion_of([enrolment])[enrolment.pk]
    assert (done.totals.confirmed_ms, done.lessons[0].state, done.lessons[1].state) == (120_000, "done", "open")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"session_time": "10:00:00"}, id="time of its own"),
        pytest.param({"interactions": []}, id="another part of the data model"),
        pytest.param({"lesson_status": "finished"}, id="a word that SCORM has not"),
        pytest.param({"score_raw": 101}, id="a score above 100"),
        pytest.param({"score_raw": "NaN"}, id="a score that is no number"),
        pytest.param({"lesson_location": "x" * 256}, id="a long place"),
        pytest.param({"suspend_data": "x" * 64_001}, id="much data"),
        pytest.param({"suspend_data": "a\x00b"}, id="a byte that no database keeps"),
    ],
)
def test_what_is_not_on_the_list_is_refused_and_nothing_is_kept(cast, study, change):
    status, _ = say(cast.wang, study(), REPORT | change)

    assert status == 422
    assert PackageReport.objects.count() == 0


def test_nobody_reports_in_somebody_elses_session(cast, study):
    session = study()

    assert say(cast.lu, session)[0] == 404
    assert say(cast.zhao, session)[0] == 404
    assert say(cast.wang, {"id": uuid.uuid4()})[0] == 404
    assert PackageReport.objects.count() == 0


def test_the_device_that_lost_the_lesson_overwrites_nothing(cast, study):
    old, new = study(), study("k2")

    say(cast.wang, new, key="new")
    status, refusal = say(cast.wang, old, REPORT | {"suspend_data": "旧"}, key="old")

    assert (status, refusal["code"]) == (409, "elsewhere")
    assert PackageReport.objects.get().suspend_data == "看过3步"


def test_the_last_word_still_arrives_after_the_session_was_closed(cast, study):
    session = study()
    Api(cast.wang)("POST", f"/study-sessions/{session['id']}/close")

    assert say(cast.wang, session)[0] == 200


def test_a_lesson_without_a_package_takes_no_report(cast, enrolment, study):
    text = enrolment.training_class.course_version.lessons.get(kind="article")
    held = study()
    StudySession.objects.filter(uid=held["id"]).update(lesson=text)

    assert say(cast.wang, held)[1]["code"] == "not_a_package"


def test_a_package_that_saves_without_end_is_stopped(cast, study, monkeypatch):
    monkeypatch.setattr(service, "MOST_REPORTS", 2)
    session = study()

    answers = [say(cast.wang, session, key=f"r{n}")[0] for n in range(3)]

    assert answers == [200, 200, 409]


def test_an_address_ends_with_its_session(cast, study, enrolment, at, client):
    first = study()["package"]["url"]
    second = study("k2")
    assert client.get(first).status_code == 403  # taken over
    assert client.get(second["package"]["url"]).status_code == 200

    Api(cast.wang)("POST", f"/study-sessions/{second['id']}/close")

    assert client.get(second["package"]["url"]).status_code == 403


def test_an_address_sleeps_in_when_nobody_studies(study, at):
    url = study()["package"]["url"]
    at(2026, 5, 6, 9, 31)

    assert Client().get(url).status_code == 403


def test_learner_and_office_read_the_claim_as_a_claim(cast, study, enrolment, lesson):
    say(cast.wang, study())
    learner, office = Client(), Client()
    learner.force_login(cast.wang)
    office.force_login(cast.chen)

    page = learner.get(f"/learn/{enrolment.training_class.uid}/{lesson.lesson_uid}/").text
    evidence = office.get(f"/office/evidence/{enrolment.uid}/").text

    assert "课件自报：已完成，得分 90（不计学时）" in page
    assert "只作记录，不计学时" in evidence
    assert "第1课：已完成，得分 90" in evidence
