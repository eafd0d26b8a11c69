"""Reads of learning time: totals, coverage, and every uncredited minute in a sentence (A8). Constant query counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, OuterRef, QuerySet, Subquery, Sum

from attendance.models import (
    Beat,
    HoursEntry,
    LessonProgress,
    PackageReport,
    PresenceCheck,
    Seat,
    SessionEnd,
    StudySession,
)
from attendance.rules import total, unpack
from attendance.stores import pending_rows
from courses.rules.playback import is_awake
from lms.classes.models import Enrolment
from lms.kernel import clock

WHY = {
    "gap": "网络中断或离开过久，服务器没有收到学习记录",
    "idle": "没有播放",
    "paused": "视频已暂停",
    "hidden": "页面在后台或被遮住",
    "rate": "播放速度超过规定倍速",
    "seek": "跳过了还没学过的内容",
    "seen": "这部分内容已经学过，重看不再计入",
    "fast": "上报的内容比实际经过的时间多",
    "window": "不在允许学习的时段内",
    "cap": "当天认定时长已到上限",
    "bad": "上报的播放位置不正确",
}
ENDINGS = {
    "closed": "正常结束",
    "takeover": "换到另一台设备",
    "check": "抽查未通过",
    "window": "超出学习时段",
    "admin": "管理人员结束",
    "": "进行中或未正常退出",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """An enrolment's time in ms (学时合计): confirmed counts, pending waits for a check, withheld does not count."""

    confirmed_ms: int = 0
    pending_ms: int = 0
    withheld_ms: int = 0


@dataclass(frozen=True, slots=True)
class LessonStudy:
    """What was studied of a lesson (课时进度)."""

    covered_ms: int = 0
    credited_ms: int = 0
    reach_ms: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoursLine:
    """A line of the learner's account (学时明细): what counted, what did not and why."""

    at: datetime
    until: datetime
    lesson_uid: UUID
    kind: str  # confirmed | pending | withheld | lost
    ms: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """Checks of an enrolment by outcome (抽查情况)."""

    passed: int = 0
    failed: int = 0


def totals_of(enrolment_ids: Collection[int]) -> dict[int, Totals]:
    """Return confirmed, pending and withheld time of enrolments, from the ledger and the tape. Two queries."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    entries = HoursEntry.objects.filter(enrolment_id__in=enrolment_ids).order_by()
    for enrolment, kind, ms in entries.values_list("enrolment_id", "kind").annotate(Sum("ms")):
        sums[enrolment][kind] += ms
    pending = dict(pending_rows(enrolment_ids))
    kinds = HoursEntry.Kind
    return {
        one: Totals(
            confirmed_ms=sums[one][kinds.CONFIRMED] + sums[one][kinds.RESTORED] + sums[one][kinds.CORRECTION],
            pending_ms=int(pending.get(one, 0)),
            withheld_ms=sums[one][kinds.WITHHELD] - sums[one][kinds.RESTORED],
        )
        for one in enrolment_ids
    }


def lessons_studied(enrolment_ids: Collection[int]) -> dict[tuple[int, UUID], LessonStudy]:
    """Return the coverage of lessons by (enrolment, lesson uid): filed progress, and the seat while somebody sits."""
    found = {
        (row.enrolment_id, row.lesson_uid): study_of(row.covered, row.credited_ms, row.reach, row.last_ms)
        for row in LessonProgress.objects.filter(enrolment_id__in=enrolment_ids)
    }
    sitting = StudySession.objects.filter(
        enrolment_id__in=enrolment_ids, pk__in=Seat.objects.filter(session__gt=0).values("session")
    )
    rows = {session.pk: session for session in sitting.select_related("lesson")}
    for seat in Seat.objects.filter(session__in=rows):
        session = rows[seat.session]
        key = (session.enrolment_id, session.lesson.lesson_uid)
        found[key] = study_of(seat.covered, seat.lesson_ms, seat.reach, seat.seen)
    return found


def study_of(covered: str, credited_ms: int, reach_ms: int, last_ms: int) -> LessonStudy:
    """Return a lesson's study of stored values."""
    last_at = clock.from_ms(last_ms) if last_ms else None
    return LessonStudy(total(unpack(covered)), credited_ms, reach_ms, last_at)


def checks_summary(enrolment_ids: Collection[int]) -> dict[int, CheckCounts]:
    """Return passed and failed checks by enrolment. One query."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    checks = PresenceCheck.objects.filter(session__enrolment_id__in=enrolment_ids)
    for enrolment, outcome in checks.values_list("session__enrolment_id", "outcome"):
        counts[enrolment][outcome != PresenceCheck.Outcome.PASSED] += 1
    return {one: CheckCounts(*counts[one]) for one in enrolment_ids}


def last_seen(enrolment_ids: Collection[int]) -> dict[int, datetime]:
    """Return when somebody studied last, by enrolment. One query."""
    ends = LessonProgress.objects.filter(enrolment_id__in=enrolment_ids).order_by()
    found = dict(ends.values_list("enrolment_id").annotate(Max("last_ms")))
    return {enrolment: clock.from_ms(ms) for enrolment, ms in found.items() if ms}


def sessions_of(enrolment: Enrolment) -> list[StudySession]:
    """Return an enrolment's sessions, newest first, each with `ending` in words and its sums (学习会话)."""
    sessions = list(StudySession.objects.filter(enrolment=enrolment).select_related("lesson").order_by("-opened_ms"))
    ends = {end.session_id: end for end in SessionEnd.objects.filter(session__enrolment=enrolment)}
    pieces = Beat.objects.filter(person_id=enrolment.person_id, session__in=[session.pk for session in sessions])
    sums: dict[int, Any] = {
        row["session"]: row
        for row in pieces.order_by().values("session").annotate(Sum("credit"), Sum("lost"), Max("at"))
    }
    for session in sessions:
        end, row = ends.get(session.pk), sums.get(session.pk) or {}
        session.opened_at = clock.from_ms(session.opened_ms)  # type: ignore[attr-defined]
        session.ended_at = clock.from_ms(end.at_ms) if end else None  # type: ignore[attr-defined]
        session.ending = ENDINGS.get(end.why if end else "", "已结束")  # type: ignore[attr-defined]
        session.credit_ms = row.get("credit__sum") or 0  # type: ignore[attr-defined]
        session.lost_ms = row.get("lost__sum") or 0  # type: ignore[attr-defined]
    return sessions


def checks_of(enrolment: Enrolment) -> list[PresenceCheck]:
    """Return an enrolment's settled checks, newest first, with times (抽查记录)."""
    checks = list(PresenceCheck.objects.filter(session__enrolment=enrolment).order_by("-settled_ms"))
    for check in checks:
        check.asked_at = clock.from_ms(check.asked_ms)  # type: ignore[attr-defined]
        check.settled_at = clock.from_ms(check.settled_ms)  # type: ignore[attr-defined]
        check.answer_seconds = (check.settled_ms - check.asked_ms) // 1000  # type: ignore[attr-defined]
    return checks


def ledger_of(enrolment: Enrolment) -> list[HoursEntry]:
    """Return an enrolment's ledger entries in the order they were posted (学时台账)."""
    return list(HoursEntry.objects.filter(enrolment=enrolment).select_related("session").order_by("at", "pk"))


def hours_lines(enrolment: Enrolment) -> list[HoursLine]:
    """Return every minute between sitting down and the last contact, credited or explained, newest first (学时明细).

    Four queries. Lines under a second are left out of the list, not out of the sums.
    """
    lessons = dict(StudySession.objects.filter(enrolment=enrolment).values_list("pk", "lesson__lesson_uid"))
    needle = Seat.objects.filter(person_id=enrolment.person_id).values_list("settled", flat=True).first() or 0
    lines = [*credited_lines(enrolment, lessons, needle), *lost_lines(enrolment, lessons)]
    return sorted((line for line in lines if line.ms >= 1000), key=lambda line: line.at, reverse=True)


def folded(enrolment: Enrolment, lessons: dict[int, UUID], *groups: str) -> Iterable[dict[str, Any]]:
    """Return the tape's sums for an enrolment by the given columns."""
    pieces = Beat.objects.filter(person_id=enrolment.person_id, session__in=lessons)
    rows: Iterable[dict[str, Any]] = pieces.order_by().values(*groups).annotate(Sum("lost"), Min("start"), Max("at"))
    return rows


def lost_lines(enrolment: Enrolment, lessons: dict[int, UUID]) -> Iterable[HoursLine]:
    """Yield what was lost, by session and reason."""
    for row in folded(enrolment, lessons, "session", "why"):
        if row["lost__sum"]:
            start, end = clock.from_ms(row["start__min"]), clock.from_ms(row["at__max"])
            ms, reason = int(row["lost__sum"]), WHY.get(row["why"], "没有可以认定的学习内容")
            sentence = f"{period(start, end)}，{length(ms)}未计入：{reason}。"
            yield HoursLine(start, end, lessons[row["session"]], "lost", ms, sentence)


def credited_lines(enrolment: Enrolment, lessons: dict[int, UUID], needle: int) -> Iterable[HoursLine]:
    """Yield what was confirmed or withheld by the ledger, and what is pending."""
    checks = {check.number: check for check in checks_of(enrolment)}
    for entry in ledger_of(enrolment):
        yield entry_line(entry, checks.get(entry.check_no))
    pieces = Beat.objects.filter(person_id=enrolment.person_id, session__in=lessons, n__gt=needle).order_by()
    for row in pieces.values("session").annotate(Sum("credit"), Min("start"), Max("at")):
        start, end, ms = clock.from_ms(row["start__min"]), clock.from_ms(row["at__max"]), int(row["credit__sum"])
        sentence = f"{period(start, end)}，{length(ms)}待确认：通过下一次抽查后计入。"
        yield HoursLine(start, end, lessons[row["session"]], "pending", ms, sentence)


def entry_line(entry: HoursEntry, check: PresenceCheck | None) -> HoursLine:
    """Return the line of a ledger entry."""
    start = clock.from_ms(entry.session.opened_ms) if entry.session else entry.at
    day = f"{entry.day.month}月{entry.day.day}日"
    if entry.kind == HoursEntry.Kind.WITHHELD:
        reason = "抽查未通过"
        if check is not None:
            asked = clock.local(clock.from_ms(check.asked_ms))
            answered = "未应答" if check.outcome == PresenceCheck.Outcome.MISSED else "答错"
            reason = f"{asked:%H:%M}的抽查{answered}"
        sentence = f"{day}，{length(entry.ms)}暂不认定：{reason}。重新学习这一段可再次计入。"
        return HoursLine(start, entry.at, entry.lesson_uid, "withheld", entry.ms, sentence)
    words = {"confirmed": "已认定", "restored": "经复核恢复认定", "correction": "更正"}[entry.kind]
    return HoursLine(start, entry.at, entry.lesson_uid, "confirmed", entry.ms, f"{day}，{length(entry.ms)}{words}。")


def period(start: datetime, end: datetime) -> str:
    """Return 5月3日 19:42至20:04."""
    a, b = clock.local(start), clock.local(end)
    return f"{a.month}月{a.day}日 {a:%H:%M}至{b:%H:%M}"


def length(ms: int) -> str:
    """Return 22分钟, or 45秒 below a minute."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}分{seconds}秒" if minutes and seconds else f"{minutes}分钟" if minutes else f"{seconds}秒"


def seat_of_session(session: UUID, person_id: int | None) -> bool:
    """Return whether a study session is this person's."""
    return StudySession.objects.filter(uid=session, person_id=person_id or 0).exists()


def session_plays(session: UUID, video_id: int) -> bool:
    """Return whether a study session may fetch its film (播放许可). One query."""
    return holds_seat(StudySession.objects.filter(uid=session, lesson__video_id=video_id))


def session_reads(session: UUID, package_id: int) -> bool:
    """Return whether a study session may fetch its package (课件许可). One query."""
    return holds_seat(StudySession.objects.filter(uid=session, lesson__package_id=package_id))


def holds_seat(sessions: QuerySet[StudySession]) -> bool:
    """Return whether a study session holds the seat and was heard of lately."""
    seats = Seat.objects.filter(person_id=OuterRef("person_id"), session=OuterRef("pk")).values("seen")
    seen = sessions.annotate(seen=Subquery(seats)).values_list("seen", flat=True).first()
    return seen is not None and is_awake(seen, clock.now_ms())


def newest_report(enrolment: Enrolment, lesson_uid: UUID) -> PackageReport | None:
    """Return what a lesson's package said of itself last (最近一次课件自报)."""
    return PackageReport.objects.filter(enrolment=enrolment, lesson_uid=lesson_uid).order_by("-pk").first()


def reports_of(enrolment: Enrolment) -> list[PackageReport]:
    """Return the last report of each of an enrolment's packages, without what only the package reads. One query."""
    newest = PackageReport.objects.filter(enrolment=enrolment).values("lesson_uid").annotate(last=Max("pk"))
    return list(PackageReport.objects.filter(pk__in=newest.values("last")).defer("suspend_data").order_by("pk"))
