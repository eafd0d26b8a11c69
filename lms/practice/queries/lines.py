"""Time at places in the learner's account: what counted, who saw it, and what did not count and why (A8)."""

from __future__ import annotations

from collections.abc import Iterator

from attendance.queries import HoursLine, period
from attendance.rules.words import length
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.people.models import User
from lms.practice.models import PracticeResult, PresenceMark, TimetableStep
from lms.practice.queries.presence import results_of
from lms.practice.rules.presence import ABSENT, Hours

REASONS = {
    "online": "同一时间已在平台学习计入，不重复计",
    "cap": "当天认定时长已到上限",
    "window": "不在允许学习的时段内",
    "full": "这个实操课时的时长已经学满",
    "below": "到场时间不足口径规定的最低比例，本次课不计",
}
MISSED = {"late": "迟到", "left_early": "早退", "partly": "迟到并早退"}


def practice_lines(enrolment: Enrolment) -> list[HoursLine]:
    """Return the lines of an enrolment's time at places (学时明细). Two queries."""
    results = results_of([enrolment.pk])
    sessions = {result.mark.presence_list.session_id for result in results}
    steps: dict[int, TimetableStep] = {}
    for step in TimetableStep.objects.filter(session__in=sessions).order_by("number"):
        steps[step.session_id] = step
    newest = {result.mark.presence_list.session_id: result.pk for result in results}
    lines: list[HoursLine] = []
    for result in results:
        step = steps[result.mark.presence_list.session_id]
        lines += counted(result, step)
        if newest[step.session_id] == result.pk:
            lines += uncounted(result, step)
    return lines


def counted(result: PracticeResult, step: TimetableStep) -> Iterator[HoursLine]:
    """Yield the line of the entry that a mark gave; what became of it since, other lines say."""
    mark, entry = result.mark, result.entry
    if entry is None or mark.begin_ms is None or mark.end_ms is None:
        return
    begin, end = clock.from_ms(mark.begin_ms), clock.from_ms(mark.end_ms)
    sentence = f"{period(begin, end)}，在{step.place}线下实操，{length(entry.ms)}已认定：{witnesses(mark)}。"
    yield HoursLine(begin, end, step.lesson_uid, "confirmed", entry.ms, sentence)


def uncounted(result: PracticeResult, step: TimetableStep) -> Iterator[HoursLine]:
    """Yield a line for everything of the session that was not counted."""
    hours = step.hours()
    begin, end = clock.from_ms(hours.starts_ms), clock.from_ms(hours.ends_ms)
    when = f"{period(begin, end)}，在{step.place}线下实操"
    for why, ms in reasons_of(result, hours):
        sentence = f"{when}，{length(ms)}未计入：{why}。"
        yield HoursLine(begin, end, step.lesson_uid, "lost", ms, sentence)


def reasons_of(result: PracticeResult, hours: Hours) -> Iterator[tuple[str, int]]:
    """Yield why which part of a session was not counted."""
    mark = result.mark
    if mark.presence == ABSENT or mark.begin_ms is None or mark.end_ms is None:
        yield f"缺席（{mark.words}）", hours.length_ms
        return
    missed = hours.length_ms - (mark.end_ms - mark.begin_ms)
    if missed and mark.presence in MISSED:
        yield MISSED[mark.presence], missed
    for why, ms in result.uncounted:
        yield REASONS[why], ms


def witnesses(mark: PresenceMark) -> str:
    """Return who saw somebody there: own signatures, the teacher or the sheet, the second pair of eyes (见证)."""
    presence_list = mark.presence_list
    decision = presence_list.decision
    seen = ["本人签到、签退"] if mark.is_witnessed else []
    by = "纸质签到表，" if presence_list.source == "sheet" else ""
    seen.append(f"{by}{who(presence_list.by)}确认到场")
    if decision.by_id != presence_list.by_id:
        seen.append(f"{who(decision.by)}复核")
    return "，".join(seen)


def who(user: User | None) -> str:
    """Return a member of staff as learners read it."""
    if user is None:
        return "系统"
    return user.person.name if user.person else user.get_full_name() or user.username
