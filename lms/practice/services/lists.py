"""Lists of who was there: filed by the teacher, seen by a second person where nobody else can tell, then credited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from attendance.services import correct_offline, credit_offline
from courses.models import LessonVersion
from lms.access.rules import Actor
from lms.audit.services import record
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.models import SealedFile
from lms.kernel.texts import check_reason
from lms.people.models import SealedWords
from lms.people.services import keep_words, sealed_words
from lms.practice.models import (
    ListDecision,
    PracticeResult,
    PracticeSession,
    PresenceList,
    PresenceMark,
    TimetableStep,
)
from lms.practice.queries.presence import confirmed_list, is_second, marks_of, newest_list, signed_in
from lms.practice.queries.sessions import lesson_of, step_now
from lms.practice.rules.presence import (
    ABSENT,
    Hours,
    Signed,
    default_interval,
    is_enough,
    is_witnessed,
    needs_second,
    presence_of,
)
from lms.practice.services.timetable import lock_session, require_hand

Outcome = ListDecision.Outcome
SHORTEST_WORD, LONGEST = 2, 200


@dataclass(frozen=True, slots=True)
class Paper:
    """The signed paper of a sheet, sealed, and the hash of what was handed in (签字原件)."""

    file: SealedFile
    sha256: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a list says of one learner (名单行). Without times of its own it takes those of the signatures. Times in ms."""

    enrolment: Enrolment
    is_present: bool
    begin_ms: int | None = None
    end_ms: int | None = None
    reason: str = ""


@transaction.atomic
def file_list(
    *,
    session: PracticeSession,
    lines: Collection[Line],
    actor: Actor,
    source: str = PresenceList.Source.SCANS,
    note: str = "",
    paper: Paper | None = None,
) -> PresenceList:
    """File who was there (提交到场名单). What the learners' own signatures prove counts at once; all else waits.

    After a confirmed list this is a correction: it needs a `note`, names everybody of the list before, and waits. Raises
    InvalidError with a sentence for every line (keyed by the enrolment's uid), ConflictError while it cannot be filed.
    """
    held = lock_session(session)
    step = step_now(held)
    require_hand(actor, "practice.file", held.training_class, step)
    ensure_fileable(held, step)
    before = confirmed_list(held)
    words = check_reason(note) if before else note.strip()[:LONGEST]
    marks = checked_lines(held, step, lines, marks_of(before))
    waits = needs_second(
        (mark.is_witnessed for mark in marks if mark.presence != ABSENT),
        source=source,
        is_correction=before is not None,
    )
    made = PresenceList.objects.create(
        session=held,
        number=held.lists.count() + 1,
        source=source,
        **keep_words(words, about=None, days=words_days(held)),
        needs_second=waits,
        by_id=actor.user_id,
        at=clock.now(),
        paper=paper.file if paper else None,
        paper_sha256=paper.sha256 if paper else "",
    )
    for mark in marks:
        mark.presence_list = made
    SealedWords.objects.bulk_create([mark.note for mark in marks if mark.note])
    PresenceMark.objects.bulk_create(marks)
    record(actor, "practice.list_filed", held, number=made.number, source=source, waits=waits)
    if not waits:
        settle(made, step, "本人签到签退可证", actor)
    return made


@transaction.atomic
def confirm_list(*, presence_list: PresenceList, opinion: str, actor: Actor) -> PresenceList:
    """Confirm a list that waits, as a second pair of eyes, and credit it (复核到场名单).

    Raises ForbiddenError `maker_is_checker` for whoever filed it, ConflictError when it does not wait any more.
    """
    held, step = decidable(presence_list, actor)
    settle(held, step, opinion.strip()[:LONGEST], actor)
    return held


@transaction.atomic
def return_list(*, presence_list: PresenceList, opinion: str, actor: Actor) -> PresenceList:
    """Send a list back with a reason (退回名单); a new one may be filed."""
    held, _ = decidable(presence_list, actor)
    words = check_reason(opinion)
    decide(held, Outcome.RETURNED, words, actor)
    return held


def ensure_fileable(session: PracticeSession, step: TimetableStep) -> None:
    """Raise ConflictError unless a list may be filed now."""
    if step.is_cancelled:
        raise ConflictError("这次实操课已取消，不能提交名单。", code="practice_cancelled")
    if clock.now() < step.ends_at:
        raise ConflictError("实操课结束后才能提交到场名单。", code="practice_not_over")
    if session.training_class.state != TrainingClass.State.OPEN:
        raise ConflictError("班级已结班，不能再提交名单。确需更正，请联系区办。", code="class_not_running")
    newest = newest_list(session)
    if newest is not None and not hasattr(newest, "decision"):
        raise ConflictError("上一份名单还在等待复核，请先复核或退回。", code="list_waiting")


def checked_lines(
    session: PracticeSession, step: TimetableStep, lines: Iterable[Line], before: Mapping[int, PresenceMark]
) -> list[PresenceMark]:
    """Return the marks of lines. Raises InvalidError with what is wrong, by the enrolment's uid."""
    told, _ = signed_in(session)
    lines, days = list(lines), words_days(session)
    wrong: dict[str, str] = {}
    marks = []
    for line in lines:
        mark, sentence = checked_line(line, told.get(line.enrolment.pk, Signed()), step.hours())
        kept = sealed_words(line.reason[:LONGEST], about=line.enrolment.person_id, days=days)
        mark.note, mark.words_hash = kept["note"], kept["words_hash"]
        if line.enrolment.training_class_id != session.training_class_id:
            sentence = "不是本班学员，请删除这一行。"
        if sentence:
            wrong[str(line.enrolment.uid)] = sentence
        marks.append(mark)
    named = {line.enrolment.pk for line in lines}
    left_out = Enrolment.objects.filter(pk__in={*told, *before} - named).select_related("person")
    wrong |= {str(one.uid): "已经签到或在上一份名单中，请选择到场或缺席。" for one in left_out}
    if sum(line.is_present for line in lines) > step.capacity:
        raise InvalidError(f"到场人数超过本次课人数上限{step.capacity}人，请核对名单。", code="practice_full")
    if wrong or not lines:
        sentence = "名单有几处需要补充，请按提示修改。" if wrong else "名单是空的，请至少登记一名学员。"
        raise InvalidError(sentence, fields=wrong, code="list_incomplete")
    return marks


def checked_line(line: Line, signatures: Signed, hours: Hours) -> tuple[PresenceMark, str]:
    """Return the mark of a line, and what is wrong with it."""
    words = line.reason.strip()
    mark = PresenceMark(enrolment=line.enrolment, presence=ABSENT, is_witnessed=False)
    if not line.is_present:
        return mark, "" if len(words) >= SHORTEST_WORD else "缺席的请写明原因，如“请假”“未到”。"
    given = default_interval(signatures, hours)
    begin = line.begin_ms if line.begin_ms is not None else given[0] if given else None
    end = line.end_ms if line.end_ms is not None else given[1] if given else None
    if begin is None or end is None:
        return mark, "没有完整的签到和签退，请填写到场和离场时间。"
    if not hours.starts_ms <= begin < end <= hours.ends_ms:
        return mark, "到场和离场时间应在本次课时间内，先到后离。"
    mark.begin_ms, mark.end_ms = begin, end
    mark.presence, mark.is_witnessed = presence_of(begin, end, hours), is_witnessed(signatures, begin, end)
    if not mark.is_witnessed and len(words) < SHORTEST_WORD:
        return mark, "本人签到不能证明这段时间，请写明依据，如“手机没电，全程在岗”。"
    return mark, ""


def decidable(presence_list: PresenceList, actor: Actor) -> tuple[PresenceList, TimetableStep]:
    """Return a list that waits, its session locked, if this actor may decide it."""
    session = lock_session(presence_list.session)
    held = PresenceList.objects.get(pk=presence_list.pk)
    held.session, step = session, step_now(session)
    require_hand(actor, "practice.confirm", session.training_class, step)
    newest = newest_list(session)
    if newest is None or newest.pk != held.pk or hasattr(held, "decision"):
        raise ConflictError("这份名单已经办理，请刷新页面查看。", code="list_decided")
    if not is_second(actor, held, step.teacher_id):
        raise ForbiddenError("提交名单的人不能复核自己的名单，请由机构的另一位工作人员办理。", code="maker_is_checker")
    return held, step


def decide(held: PresenceList, outcome: str, opinion: str, actor: Actor) -> None:
    """Write a decision. What it says of people stands in it alone, not in the operation log too."""
    kept = keep_words(opinion, about=None, days=words_days(held.session))
    ListDecision.objects.create(presence_list=held, outcome=outcome, by_id=actor.user_id, at=clock.now(), **kept)
    record(actor, f"practice.list_{outcome}", held.session, number=held.number)


def words_days(session: PracticeSession) -> int:
    """Return how long is kept what was written at a session: as the class's terms say of words in appeals."""
    return session.training_class.study_terms().appeal_words_days


def settle(held: PresenceList, step: TimetableStep, opinion: str, actor: Actor) -> None:
    """Confirm a list and credit it; what a confirmed list before gave and this one does not is taken back by entries."""
    before = marks_of(confirmed_list(held.session))
    decide(held, Outcome.CONFIRMED, opinion, actor)
    lesson, hours = lesson_of(held.session, step), step.hours()
    minimum = held.session.training_class.study_terms().minimum_attendance_percent
    marks = held.marks.select_related("enrolment__training_class__programme", "enrolment__person")
    for mark in marks.order_by("enrolment__person_id"):
        old = before.get(mark.enrolment_id)
        if old is not None and (old.begin_ms, old.end_ms) == (mark.begin_ms, mark.end_ms):
            continue
        last = last_result(mark.enrolment, held.session)
        if last is not None and last.entry is not None:
            correct_offline(entry=last.entry, actor=actor, reason=f"实操名单第{held.number}份更正")
        PracticeResult.objects.create(mark=mark, at=clock.now(), **worth(mark, lesson, hours, minimum, actor))


def last_result(enrolment: Enrolment, session: PracticeSession) -> PracticeResult | None:
    """Return what a session gave to somebody last; an entry that was corrected since then counts no more."""
    results = PracticeResult.objects.filter(mark__enrolment=enrolment, mark__presence_list__session=session)
    return results.select_related("entry").order_by("-pk").first()


def worth(mark: PresenceMark, lesson: LessonVersion, hours: Hours, minimum: int | None, actor: Actor) -> dict[str, Any]:
    """Return what a mark is worth: an entry of the ledger or none, and what of it was not counted."""
    if mark.begin_ms is None or mark.end_ms is None:
        return {"entry": None, "uncounted": []}
    if not is_enough(mark.begin_ms, mark.end_ms, hours, minimum):
        return {"entry": None, "uncounted": [["below", mark.end_ms - mark.begin_ms]]}
    given = credit_offline(
        enrolment=mark.enrolment, lesson=lesson, begin_ms=mark.begin_ms, end_ms=mark.end_ms, actor=actor
    )
    return {"entry": given.entry, "uncounted": [[one.why, one.ms] for one in given.uncounted]}
