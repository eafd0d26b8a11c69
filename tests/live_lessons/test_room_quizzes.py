"""Quizzes of the bank in a room over the API: asked, answered once in time, marked, told, reported."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import HoursEntry
from courses.models import LessonKind, LessonVersion
from courses.services.bank import retire_question
from lms.exams.queries.items import statistics_of
from lms.kernel import clock
from lms.live.models import RoomMember, RoomQuiz, RoomQuizAnswer, RoomQuizItem
from lms.live.queries.quizzes import quiz_reports
from lms.live.queries.replays import marks_of, sayings_of
from lms.live.services import close_due_quizzes, forget_member, publish_counts
from tests.live_lessons.rooms import Caller, classmate, inside
from tests.live_lessons.stage import moment
from tests.questions import case, fill, make_question, multiple, short, single

RIGHT = {"q1": ["a"], "q2": ["a", "b"], "q3": ["36", "100"]}


@pytest.fixture
def bank(room):
    """Return what the institution's bank holds, by kind."""
    kinds = {"single": single, "multiple": multiple, "fill": fill, "short": short, "case": case}
    actor, institution = room.cast.actor("li"), room.cast.institution_a
    return {name: make_question(institution, actor, make(explanation="先断电")) for name, make in kinds.items()}


def uids(*questions):
    return [str(one.uid) for one in questions]


@pytest.fixture
def quiz(room, li, bank):
    """Return a quiz of three questions that runs for a minute."""
    chosen = uids(bank["single"], bank["multiple"], bank["fill"])
    return li.post("/quizzes", {"questions": chosen, "seconds": 60}).json()


def count(room):
    return publish_counts(sessions=[room.session.pk])


def hand_in(caller, quiz, answers=RIGHT, **more):
    return caller.post(f"/quizzes/{quiz['id']}/answers", {"answers": answers} | more)


def mates(room, number, first=1):
    found = [Caller(classmate(room, first + one)[0], room.session) for one in range(number)]
    for one in found:
        one.enter()
    return found


def test_the_bank_offers_what_is_marked_at_once_and_no_quiz_of_the_course_asks(room, li, wang, bank):
    offered = li.get("/bank").json()["items"]
    assert [one["kind"] for one in offered] == ["填空题", "多选题", "单选题"]
    assert offered[1]["right"] == ["A. 面罩", "B. 手套"]
    assert [one["id"] for one in li.get("/bank?q=防护用品").json()["items"]] == uids(bank["multiple"])

    version = room.training_class.course_version
    asked = [{"id": "x", "question": str(bank["multiple"].uid)}]
    LessonVersion.objects.create(
        course_version=version, lesson_uid=room.session.uid, position=90, section_uid=room.session.uid,
        title="章末测验", kind=LessonKind.QUIZ, quiz=asked,
    )  # fmt: skip
    retire_question(question=bank["single"], actor=room.cast.actor("li"))
    assert [one["kind"] for one in li.get("/bank").json()["items"]] == ["填空题"]
    assert (wang.get("/bank").json()["code"], inside(room, "wang").get("/bank").status_code) == ("not_leading", 403)


def test_a_question_that_may_not_be_asked_is_refused_with_words(room, li, bank):
    other = make_question(room.cast.institution_b, room.cast.actor("qian"), single(stem="乙校的题"))
    for wrong in (bank["short"], bank["case"], other):
        refused = li.post("/quizzes", {"questions": uids(bank["single"], wrong), "seconds": 60})
        assert (refused.status_code, refused.json()["code"]) == (422, "question_not_usable")
        assert "请去掉后再发起" in refused.json()["fields"]["questions"]
    refused = li.post("/quizzes", {"questions": [], "seconds": 5}).json()
    assert (set(refused["fields"]), RoomQuiz.objects.count()) == ({"questions", "seconds"}, 0)


def test_a_quiz_is_answered_once_counted_for_leaders_and_solved_for_all_at_its_end(room, li, wang, quiz):
    (mate,) = mates(room, 1)
    state = wang.state()
    assert (state["quiz"]["is_open"], state["quiz"]["seconds_left"], state["own"]["quiz"]) == (True, 60, None)
    assert [one["solution"] for one in state["quiz"]["questions"]] == [None, None, None]
    assert li.post("/quizzes", {"questions": [], "seconds": 60}).status_code == 422

    missing = hand_in(wang, quiz, {"q1": ["a"]})
    assert (missing.status_code, set(missing.json()["fields"])) == (422, {"q2", "q3"})
    assert hand_in(wang, quiz).json() == {"answers": RIGHT, "earned": None, "score_percent": None}
    assert hand_in(wang, quiz, RIGHT | {"q1": ["b"]}).json()["answers"] == RIGHT
    hand_in(mate, quiz, {"q1": ["b"], "q2": ["a", "b"], "q3": ["36", "9"]})
    assert count(room) == 1
    leaders = li.state()["leaders"]
    assert (leaders["quiz_answers"], leaders["quiz_tallies"][0]) == (2, {"options": [1, 1], "right": 1})
    assert (wang.state()["quiz"]["tallies"], wang.state()["leaders"]) == (None, None)

    over = li.post(f"/quizzes/{quiz['id']}/end").json()
    assert over["questions"][0]["solution"] == {
        "right": ["a"], "words": ["A. 检查设备和防护"], "explanation": "先断电",
    }  # fmt: skip
    own = mate.state()["own"]["quiz"]
    assert (own["earned"], own["score_percent"]) == ({"q1": 0, "q2": 100, "q3": 50}, 50)
    assert [one["right"] for one in mate.state()["quiz"]["tallies"]] == [1, 2, 1]
    rows = [(one["called"], one["score_percent"]) for one in li.get(f"/quizzes/{quiz['id']}").json()]
    assert rows == [(wang.user.called, 100), (mate.user.called, 50)]
    assert (wang.get(f"/quizzes/{quiz['id']}").status_code, HoursEntry.objects.count()) == (403, 0)


def test_the_servers_clock_ends_a_quiz_and_takes_what_was_there_in_time(room, li, wang, quiz):
    mate, late = mates(room, 2)
    room.traveller.advance(seconds=62)
    assert hand_in(wang, quiz, {"q1": ["a"]}, is_partial=True).status_code == 200
    room.traveller.advance(seconds=2)
    assert hand_in(late, quiz).json()["code"] == "quiz_over"
    assert (close_due_quizzes(moment(18, 50)), count(room)) == (0, 1)

    state = mate.state()
    assert (state["quiz"]["is_open"], state["quiz"]["tallies"][0]["options"]) == (False, [1, 0])
    assert hand_in(mate, quiz).json()["code"] == "quiz_over"
    assert (RoomQuizAnswer.objects.count(), wang.state()["own"]["quiz"]["score_percent"]) == (1, 25)
    assert li.post("/quizzes", {"questions": [], "seconds": 60}).json()["code"] == "invalid"


def test_only_one_quiz_runs_and_it_is_for_learners(room, li, wang, quiz, bank):
    again = {"questions": uids(bank["single"]), "seconds": 60}
    assert li.post("/quizzes", again).json()["code"] == "quiz_running"
    assert wang.post("/quizzes", again).json()["code"] == "not_leading"
    assert wang.post(f"/quizzes/{quiz['id']}/end").json()["code"] == "not_leading"
    assert hand_in(li, quiz).json()["code"] == "not_a_learner"
    lu = Caller(room.cast.lu, room.session)
    refused = [lu.get("/bank"), lu.post("/quizzes", again), hand_in(lu, quiz), lu.get(f"/quizzes/{quiz['id']}")]
    assert ({one.status_code for one in refused}, RoomQuiz.objects.count()) == ({404}, 1)
    assert RoomQuizAnswer.objects.count() == 0


def test_what_was_asked_stays_and_stands_in_the_replay(room, li, wang, quiz):
    hand_in(wang, quiz)
    li.post(f"/quizzes/{quiz['id']}/end")

    assert "小测" in [mark.title for mark in marks_of(room.session)]
    said = [one for one in sayings_of(room.session) if one.kind == "quiz"]
    assert (len(said), said[0].results) == (3, (("检查设备和防护", 1), ("直接引弧", 0)))


def test_the_report_names_who_handed_in_and_who_did_not(room, li, wang, quiz):
    (mate,) = mates(room, 1)
    hand_in(wang, quiz, RIGHT | {"q1": ["b"]})
    li.post(f"/quizzes/{quiz['id']}/end")

    (report,) = quiz_reports(room.session)
    assert [(one.right_count, one.right_percent) for one in report.items] == [(0, 0), (1, 100), (1, 100)]
    assert [(one.member.called, one.score_percent) for one in report.answers] == [(wang.user.called, 75)]
    assert [one.called for one in report.silent] == [mate.user.called]
    page = li.client.get(f"/institution/live/{room.session.uid}/attendance/").content.decode()
    assert "随堂小测" in page
    assert "1人没有提交" in page


def test_words_of_answers_end_with_who_gave_them(room, li, wang, quiz):
    hand_in(wang, quiz)
    forget_member(wang.user.person)

    kept = RoomQuizAnswer.objects.get()
    assert (kept.answers, kept.score_percent) == ({}, 100)


def test_counting_and_reporting_cost_the_same_for_5_and_50(room, li, wang, quiz):
    li.state()
    quiz_reports(room.session)
    counting, reporting, reading = [], [], []
    for first, more in ((10, 5), (20, 45)):
        for caller in mates(room, more, first):
            hand_in(caller, quiz)
        for costs, work in (
            (counting, lambda: count(room)),
            (reporting, lambda: quiz_reports(room.session)),
            (reading, li.state),
        ):
            with CaptureQueriesContext(connection) as caught:
                work()
            costs.append(len(caught))

    assert all(costs[0] == costs[1] for costs in (counting, reporting, reading))
    assert li.state()["leaders"]["quiz_answers"] == 50


def test_the_bank_costs_the_same_for_5_and_50(room, li, bank):
    institution, actor = room.cast.institution_a, room.cast.actor("li")
    costs = []
    li.get("/bank")
    for more in (5, 45):
        for number in range(more):
            make_question(institution, actor, single(stem=f"第{more}-{number}题"))
        with CaptureQueriesContext(connection) as caught:
            assert li.get("/bank").status_code == 200
        costs.append(len(caught))

    assert costs[0] == costs[1]


def figures(room, question):
    return statistics_of(question)[0].figures


def test_answers_in_rooms_stand_in_the_analysis_of_the_bank_once_the_quiz_is_over(room, li, wang, bank, quiz):
    other = mates(room, 1)[0]
    hand_in(wang, quiz)
    hand_in(other, quiz, {"q1": ["b"], "q2": ["a", "b"], "q3": ["36", "100"]})
    assert figures(room, bank["single"]).answers == 0, "what still runs tells nobody how it went"

    li.post(f"/quizzes/{quiz['id']}/end")

    found = figures(room, bank["single"])
    assert (found.answers, found.on_papers, found.chosen) == (2, 2, {"a": 1, "b": 1})
    assert figures(room, bank["multiple"]).chosen == {"a": 2, "b": 2}


def test_whoever_is_asked_again_was_told_what_is_right_and_counts_once(room, li, wang, bank):
    for answer in ("b", "a"):
        asked = li.post("/quizzes", {"questions": uids(bank["single"]), "seconds": 60}).json()
        hand_in(wang, asked, {"q1": [answer]})
        li.post(f"/quizzes/{asked['id']}/end")

    found = figures(room, bank["single"])
    assert (found.answers, found.chosen, found.on_papers) == (1, {"b": 1}, 0)


def test_the_analysis_costs_the_same_for_5_and_50_quizzes(room, li, wang, bank):
    costs, member = [], RoomMember.objects.get(user=wang.user)
    statistics_of(bank["single"])
    version = bank["single"].current
    for more in (5, 45):
        for _ in range(more):
            asked = RoomQuiz.objects.create(
                session=room.session, questions=[], closes_at=clock.now(), closed_at=clock.now(), version=1
            )
            RoomQuizItem.objects.create(quiz=asked, key="q1", version_uid=version.uid)
            RoomQuizAnswer.objects.create(
                quiz=asked, member=member, answers={"q1": ["a"]}, earned={"q1": 100}, score_percent=100
            )
        with CaptureQueriesContext(connection) as caught:
            statistics_of(bank["single"])
        costs.append(len(caught))

    assert costs[0] == costs[1]
