"""Quizzes in the room (随堂小测): questions of the bank for a time, answered once, marked as quizzes are. They earn nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from courses.models import QuestionVersion
from courses.queries.asked import frozen_version
from courses.rules.marking import mark, score_percent
from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.live.models import LiveSession, Room, RoomQuiz, RoomQuizAnswer, RoomQuizItem
from lms.live.queries.quizzes import bank_for, counted, quiz_data, quiz_in
from lms.live.rules.activities import is_in_time
from lms.live.rules.quizzes import answer_problems, quiz_problems, tallied
from lms.live.rules.rooms import Deed
from lms.live.services.rooms import begin_deed, bump, check_deed, count_soon, note_deed, tell
from lms.live.services.timed import close_due

TOO_LATE = "这次小测已经截止，没有提交。可以在这里查看答案和解析。"
NOT_HERE = "有的题不能用：已停用、不属于本机构题库、不能自动判分，或本班课程的测验正在使用。请去掉后再发起。"


@transaction.atomic
def open_quiz(*, session: LiveSession, questions: Sequence[UUID], seconds: int, actor: Actor) -> RoomQuiz:
    """Ask the class questions of the bank (发起小测). Raises InvalidError with every wrong field, ConflictError `quiz_running`."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    if wrong := quiz_problems(questions, seconds):
        raise InvalidError("小测有几处需要改正，请按提示修改。", fields=wrong)
    if RoomQuiz.objects.filter(session=session, closed_at=None).exists():
        raise ConflictError("还有一次小测没有结束，请先结束它。", code="quiz_running")
    versions, now = chosen_versions(session, questions), clock.now()
    made = RoomQuiz(session=session, opened_at=now, closes_at=now + timedelta(seconds=seconds), by_id=actor.user_id)
    made.questions = [frozen_version(one, f"q{number}") for number, one in enumerate(versions, 1)]
    made.tallies, made.version = tallied(made.questions, ()), bump(room)
    made.save()
    RoomQuizItem.objects.bulk_create(
        RoomQuizItem(quiz=made, key=one["id"], version_uid=version.uid)
        for one, version in zip(made.questions, versions, strict=True)
    )
    tell(room, "quiz", quiz_data(made))
    count_soon(session)
    record(actor, "live.quiz_opened", session, quiz=str(made.uid), questions=[str(one) for one in questions])
    return made


def chosen_versions(session: LiveSession, questions: Sequence[UUID]) -> list[QuestionVersion]:
    """Return what questions of the bank say now, in the order chosen. Raises InvalidError for one that may not be asked here."""
    found = {one.uid: one.current for one in bank_for(session).filter(uid__in=questions)}
    versions = [found.get(uid) for uid in questions]
    usable = [one for one in versions if one is not None and one.silent_sound is None]
    if len(usable) < len(questions):
        silent = next((one.silent_sound for one in versions if one is not None and one.silent_sound), None)
        sentence = f"有一道题的录音不能播放：{silent.fault}" if silent else NOT_HERE
        raise InvalidError(sentence, fields={"questions": sentence}, code="question_not_usable")
    return usable


def locked(quiz: RoomQuiz) -> RoomQuiz:
    """Return a quiz, locked: its end and what is handed in come one after another."""
    return RoomQuiz.objects.select_for_update().get(pk=quiz.pk)


@transaction.atomic
def answer_quiz(
    *, session: LiveSession, quiz: UUID, answers: Mapping[str, Sequence[str]], is_partial: bool, actor: Actor
) -> RoomQuizAnswer:
    """Hand in a quiz, once (提交小测); again, the first answers stand. The server's clock says whether it is in time.

    `is_partial`: the time is up, what is there is handed in. Raises ConflictError `quiz_over`, InvalidError by question.
    """
    member = check_deed(session, actor, Deed.ANSWER)
    found = locked(quiz_in(session, quiz))
    given = RoomQuizAnswer.objects.filter(quiz=found, member=member).first()
    if given is not None:
        return given
    if found.closed_at is not None or not is_in_time(clock.now(), found.closes_at):
        raise ConflictError(TOO_LATE, code="quiz_over")
    if wrong := answer_problems(found.questions, answers, is_partial=is_partial):
        raise InvalidError("有几道题还没有答好，请按提示补上。", fields=wrong)
    marked = mark(found.questions, answers)
    made = RoomQuizAnswer.objects.create(
        quiz=found, member=member, answers={one.question_id: list(one.chosen) for one in marked},
        earned={one.question_id: one.earned_percent for one in marked}, score_percent=score_percent(marked),
    )  # fmt: skip
    note_deed(member)
    return made


@transaction.atomic
def close_quiz(*, session: LiveSession, quiz: UUID, actor: Actor) -> RoomQuiz:
    """End a quiz before its time, and show everybody what is right (结束小测)."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found = locked(quiz_in(session, quiz))
    end(room, found, actor)
    return found


def close_due_quizzes(moment: datetime) -> int:
    """End quizzes whose time is over, and those of lessons that ended (到时结束小测). Returns how many."""
    return close_due(RoomQuiz.objects.all(), end, moment)


def end(room: Room, quiz: RoomQuiz, actor: Actor) -> None:
    """Count a quiz for good, and tell everybody what was right. Room and quiz are locked."""
    if quiz.closed_at is not None:
        return
    quiz.closed_at, quiz.tallies, quiz.version = clock.now(), counted(quiz), bump(room)
    quiz.save(update_fields=["closed_at", "tallies", "version"])
    tell(room, "quiz", quiz_data(quiz))
    count_soon(room.session)
    record(actor, "live.quiz_closed", room.session, quiz=str(quiz.uid))


def count_quiz(room: Room) -> None:
    """Count the quiz that runs in a locked room: who leads it reads its tallies with the next second's."""
    quiz = RoomQuiz.objects.filter(session=room.session, closed_at=None).first()
    if quiz is not None and (found := counted(quiz)) != quiz.tallies:
        RoomQuiz.objects.filter(pk=quiz.pk, closed_at=None).update(tallies=found)
