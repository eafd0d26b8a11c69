"""Reads of learning time: totals, coverage, and every uncredited minute in a sentence (A8). Constant query counts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.module_loading import import_string

from attendance.models import (
    Beat,
    CheckAsking,
    HoursEntry,
    LessonProgress,
    MergeTwin,
    PackageReport,
    PresenceCheck,
    Seat,
    SessionEnd,
    StudySession,
)
from attendance.rules import total, unpack
from attendance.rules.words import length, waiting_for
from attendance.stores import pending_rows
from courses.models import LessonKind
from courses.rules.playback import is_awake
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.live.models import Replay
from lms.live.queries.air import lives_taught, ms_of
from lms.people.models import MergeStep
from lms.people.queries import records_of

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
    "replay_end": "回放已撤回，或补课期限已过",
    "off_air": "教师不在播：还没有开播、画面中断或已经下课",
    "bad": "上报的播放位置不正确",
}
EXPLAINED: list[str] = []
ENTERED = {
    HoursEntry.Kind.CONFIRMED: "已认定",
    HoursEntry.Kind.RESTORED: "经申诉复核恢复认定",
    HoursEntry.Kind.CORRECTION: "更正",
    HoursEntry.Kind.REINSTATED: "经申诉恢复认定",
    HoursEntry.Kind.CARRIED: "在两份档案合并后保留",
    HoursEntry.Kind.PARTED: "因撤销合并恢复认定",
}
ENDINGS = {
    "closed": "正常结束",
    "takeover": "换到另一台设备",
    "check": "抽查未通过",
    "window": "超出学习时段",
    "offline": "同一时间在线下实操",
    "live_over": "直播课已结束",
    "admin": "管理人员结束",
    "": "进行中或未正常退出",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """An enrolment's time in ms (学时合计): confirmed counts, pending waits for a check, withheld does not count.

    `held_ms` was confirmed and waits until its lesson is completed, where the policy counts whole lessons.
    """

    confirmed_ms: int = 0
    pending_ms: int = 0
    withheld_ms: int = 0
    held_ms: int = 0


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
    kind: str  # confirmed | pending | withheld | withdrawn | lost
    ms: int
    sentence: str
    entry: UUID | None = None  # of withheld time: what may be appealed


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """Checks of an enrolment by outcome (抽查情况)."""

    passed: int = 0
    failed: int = 0


def standing_twins() -> QuerySet[MergeTwin]:
    """Return the second enrolments in a class that a merge ended and no step has parted since (合并的重复学籍)."""
    undone = MergeStep.objects.filter(kind=MergeStep.Kind.UNDONE).values("merge")
    return MergeTwin.objects.exclude(step__merge__in=undone)


def home_of(enrolment: Enrolment) -> Enrolment | None:
    """Return the enrolment that took another's place in its class when records were merged, or nothing (并入的学籍)."""
    if enrolment.state == Enrolment.State.ACTIVE:
        return None
    held = standing_twins().filter(enrolment=enrolment, home__state=Enrolment.State.ACTIVE)
    twin = held.select_related("home__training_class").first()
    return twin.home if twin else None


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
            confirmed_ms=sum(ms for kind, ms in sums[one].items() if kind != kinds.WITHHELD),
            pending_ms=int(pending.get(one, 0)),
            withheld_ms=sums[one][kinds.WITHHELD] - sums[one][kinds.RESTORED],
        )
        for one in enrolment_ids
    }


def confirmed_by_lesson(enrolment_ids: Collection[int]) -> dict[int, dict[UUID, int]]:
    """Return confirmed time in ms by enrolment and lesson. One query."""
    found: dict[int, dict[UUID, int]] = defaultdict(dict)
    entries = HoursEntry.objects.filter(enrolment_id__in=enrolment_ids).exclude(kind=HoursEntry.Kind.WITHHELD)
    for enrolment, lesson, ms in entries.order_by().values_list("enrolment_id", "lesson_uid").annotate(Sum("ms")):
        found[enrolment][lesson] = ms
    return found


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
        if outcome != PresenceCheck.Outcome.RETRIED:  # its further question counts
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
    """Return an enrolment's settled checks, newest first, with times, what was asked and answered (抽查记录). Two queries."""
    settled = PresenceCheck.objects.filter(session__enrolment=enrolment).select_related("reply")
    checks = list(settled.order_by("-settled_ms", "-number"))
    askings = CheckAsking.objects.filter(person_id=enrolment.person_id, number__in=[one.number for one in checks])
    asked = {asking.number: asking for asking in askings.exclude(shown="")}
    for check in checks:
        check.question, check.answer = dialogue(asked.get(check.number), check)  # type: ignore[attr-defined]
        check.asked_at = clock.from_ms(check.asked_ms)  # type: ignore[attr-defined]
        check.settled_at = clock.from_ms(check.settled_ms)  # type: ignore[attr-defined]
        check.answer_seconds = (check.settled_ms - check.asked_ms) // 1000  # type: ignore[attr-defined]
    return checks


def newest_checks(person_id: int | None, most: int) -> list[PresenceCheck]:
    """Return a person's checks that were settled last, newest first (最近的抽查). One query."""
    settled = PresenceCheck.objects.filter(person_id=person_id or 0).select_related("session")
    return list(settled.order_by("-number")[:most])


def open_check(person_id: int | None) -> tuple[UUID, int, datetime] | None:
    """Return the check that waits for a person's answer: the session that sits, its number, until when. One query."""
    sitting = StudySession.objects.filter(pk=OuterRef("session")).values("uid")
    seats = Seat.objects.filter(person_id=person_id or 0, check_due__gt=0, session__gt=0)
    found = seats.annotate(uid=Subquery(sitting)).values_list("uid", "check_no", "check_due").first()
    return (found[0], found[1], clock.from_ms(found[2])) if found else None


def dialogue(asking: CheckAsking | None, check: PresenceCheck) -> tuple[str, str]:
    """Return what was asked and what was answered, in words; nothing for a tap."""
    if asking is None:
        return "", ""
    shown, reply = json.loads(asking.shown), getattr(check, "reply", None)
    texts = {option["id"]: option["text"] for option in shown["options"]}
    chosen = json.loads(reply.answer) if reply else []
    return shown["stem"], "；".join(
        texts.get(uid, "（不是这道题的选项）") for uid in chosen if isinstance(chosen, list)
    )


def ledger_of(enrolment: Enrolment) -> list[HoursEntry]:
    """Return an enrolment's ledger entries in the order they were posted (学时台账)."""
    return list(HoursEntry.objects.filter(enrolment=enrolment).select_related("session").order_by("at", "pk"))


def when_explained(function: str) -> None:
    """Have `function(enrolment)` asked for the lines of time that was spent elsewhere than in sessions (学时明细)."""
    if function not in EXPLAINED:
        EXPLAINED.append(function)


def hours_lines(enrolment: Enrolment) -> list[HoursLine]:
    """Return every minute between sitting down and the last contact, credited or explained, newest first (学时明细).

    Five queries, one more where there are live lessons, and those of whoever explains more.
    Lines under a second are left out of the list, not out of the sums.
    """
    lessons = dict(StudySession.objects.filter(enrolment=enrolment).values_list("pk", "lesson__lesson_uid"))
    seat = Seat.objects.filter(person_id=enrolment.person_id).first() or Seat(settled=0, check_due=0)
    replayed = makeup_sessions(enrolment)
    lines = [*credited_lines(enrolment, lessons, seat, replayed), *lost_lines(enrolment, lessons, replayed)]
    for name in EXPLAINED:
        lines += import_string(name)(enrolment)
    return sorted((line for line in lines if line.ms >= 1000), key=lambda line: line.at, reverse=True)


def makeup_sessions(enrolment: Enrolment) -> set[int]:
    """Return the sessions at replays: at a live lesson, opened after it had ended (补课会话). One query, or two."""
    live = StudySession.objects.filter(enrolment=enrolment, lesson__kind=LessonKind.LIVE)
    rows = list(live.values_list("pk", "opened_ms", "lesson__lesson_uid"))
    taught = lives_taught({(enrolment.training_class_id, lesson) for _, _, lesson in rows}) if rows else {}
    ended = {lesson: live.ended_at for (_, lesson), live in taught.items()}
    return {pk for pk, opened, lesson in rows if (end := ended.get(lesson)) is not None and opened > ms_of(end)}


def noted(sentence: str, session: int | None, replayed: set[int]) -> str:
    """Return a sentence that says of time at a replay that it is made up (补课)."""
    return f"{sentence.removesuffix('。')}（看直播回放补课）。" if session in replayed else sentence


def folded(enrolment: Enrolment, lessons: dict[int, UUID], *groups: str) -> Iterable[dict[str, Any]]:
    """Return the tape's sums for an enrolment by the given columns."""
    pieces = Beat.objects.filter(person_id=enrolment.person_id, session__in=lessons)
    rows: Iterable[dict[str, Any]] = pieces.order_by().values(*groups).annotate(Sum("lost"), Min("start"), Max("at"))
    return rows


def lost_lines(enrolment: Enrolment, lessons: dict[int, UUID], replayed: set[int]) -> Iterable[HoursLine]:
    """Yield what was lost, by session and reason."""
    for row in folded(enrolment, lessons, "session", "why"):
        if row["lost__sum"]:
            start, end = clock.from_ms(row["start__min"]), clock.from_ms(row["at__max"])
            ms, reason = int(row["lost__sum"]), WHY.get(row["why"], "没有可以认定的学习内容")
            sentence = f"{period(start, end)}，{length(ms)}未计入：{reason}。"
            told = noted(sentence, row["session"], replayed)
            yield HoursLine(start, end, lessons[row["session"]], "lost", ms, told)


def credited_lines(
    enrolment: Enrolment, lessons: dict[int, UUID], seat: Seat, replayed: set[int]
) -> Iterable[HoursLine]:
    """Yield what was confirmed or withheld by the ledger, and what is pending."""
    checks = {check.number: check for check in checks_of(enrolment)}
    ledger = ledger_of(enrolment)
    restored = {entry.reverses_id: entry.ms for entry in ledger if entry.kind == HoursEntry.Kind.RESTORED}
    for entry in ledger:
        if entry.kind == HoursEntry.Kind.OFFLINE:
            continue  # told with who saw it
        if entry.kind == HoursEntry.Kind.WITHHELD:
            line = withheld_line(entry, checks.get(entry.check_no), restored.get(entry.pk, 0))
        else:
            line = entry_line(entry)
        yield replace(line, sentence=noted(line.sentence, entry.session_id, replayed))
    waits = waiting_for(enrolment.training_class.study_terms(), is_asked=seat.check_due > 0)
    pieces = waiting_pieces(enrolment.person_id, seat.settled).filter(session__in=lessons).order_by()
    for row in pieces.values("session").annotate(Sum("credit"), Min("start"), Max("at")):
        start, end, ms = clock.from_ms(row["start__min"]), clock.from_ms(row["at__max"]), int(row["credit__sum"])
        sentence = f"{period(start, end)}，{length(ms)}待确认：{waits}。"
        told = noted(sentence, row["session"], replayed)
        yield HoursLine(start, end, lessons[row["session"]], "pending", ms, told)


def waiting_pieces(person_id: int, needle: int) -> QuerySet[Beat]:
    """Return the pieces of a tape that wait for a check, in order: behind the needle, and not decided out of turn."""
    decided = HoursEntry.objects.filter(
        person_id=person_id, tape_from__gt=needle, tape_from__lte=OuterRef("n"), tape_to__gte=OuterRef("n")
    )
    return Beat.objects.filter(~Exists(decided), person_id=person_id, n__gt=needle).order_by("n")


def withheld_line(entry: HoursEntry, check: PresenceCheck | None, restored_ms: int) -> HoursLine:
    """Return the line of what a failed check withheld, without what was given back since."""
    start = clock.from_ms(entry.session.opened_ms) if entry.session else entry.at
    day, left, reason = f"{entry.day.month}月{entry.day.day}日", entry.ms - restored_ms, "抽查未通过"
    if check is not None:
        reason = f"{clock.local(clock.from_ms(check.asked_ms)):%H:%M}的抽查{check.ending}"
    sentence = f"{day}，{length(left)}暂不认定：{reason}。重新学习这一段可再次计入。"
    if not entry.check_no:
        sentence = (
            f"{day}，{length(left)}不予认定，不再等待抽查：工作人员按核查或档案合并的结果作了处理。"
            "理由和申诉办法见“核查与申诉”；重新学习这一段可再次计入。"
        )
    if restored_ms:
        sentence = f"{day}，{length(left)}暂不认定：{reason}，其余{length(restored_ms)}已经申诉恢复。"
    return HoursLine(start, entry.at, entry.lesson_uid, "withheld", left, sentence, entry.uid)


def entry_line(entry: HoursEntry) -> HoursLine:
    """Return the line of a ledger entry that counts or was taken back."""
    start = clock.from_ms(entry.session.opened_ms) if entry.session else entry.at
    day = f"{entry.day.month}月{entry.day.day}日"
    if entry.kind == HoursEntry.Kind.WITHDRAWN:
        sentence = f"{day}，已认定的{length(-entry.ms)}经核查撤销，不再计入。理由和申诉办法见“核查与申诉”。"
        return HoursLine(start, entry.at, entry.lesson_uid, "withdrawn", -entry.ms, sentence)
    if entry.kind == HoursEntry.Kind.MERGED:
        sentence = (
            f"{day}，{length(-entry.ms)}因两份档案合并冲销：同一时间只计一次，每天不超过上限；保留的部分另记一行。"
        )
        return HoursLine(start, entry.at, entry.lesson_uid, "withdrawn", -entry.ms, f"{sentence}如有异议，请联系区办。")
    if entry.kind == HoursEntry.Kind.PARTED and entry.ms < 0:
        sentence = f"{day}，合并时另记的{length(-entry.ms)}因撤销合并不再另计，原来的认定已恢复。"
        return HoursLine(start, entry.at, entry.lesson_uid, "withdrawn", -entry.ms, sentence)
    if entry.ms < 0:
        sentence = f"{day}，线下实操已认定的{length(-entry.ms)}经更正不再计入，以重新确认的到场时间为准。"
        return HoursLine(start, entry.at, entry.lesson_uid, "withdrawn", -entry.ms, sentence)
    words = ENTERED[HoursEntry.Kind(entry.kind)]
    return HoursLine(start, entry.at, entry.lesson_uid, "confirmed", entry.ms, f"{day}，{length(entry.ms)}{words}。")


def period(start: datetime, end: datetime) -> str:
    """Return 5月3日 19:42至20:04."""
    a, b = clock.local(start), clock.local(end)
    return f"{a.month}月{a.day}日 {a:%H:%M}至{b:%H:%M}"


def seat_of_session(session: UUID, person_id: int | None) -> bool:
    """Return whether a study session is this person's."""
    return StudySession.objects.filter(uid=session, person__in=records_of(person_id)).exists()


def session_plays(session: UUID, video_id: int) -> bool:
    """Return whether a study session may fetch a film: its lesson's own, or one in the lesson's text (播放许可). One query."""
    shown = Q(lesson__video_id=video_id) | Q(lesson__films__video_id=video_id)
    return holds_seat(StudySession.objects.filter(shown, uid=session))


def session_replays(session: UUID, video_id: int) -> bool:
    """Return whether a study session may fetch the film of its live lesson's replay, as long as that is shown. Two queries."""
    shown = Replay.objects.filter(video=video_id, published_at__isnull=False).values_list(
        "session__training_class", "session__lesson_uid"
    )
    place = shown.first()
    if place is None or place[1] is None:
        return False
    of_lesson = StudySession.objects.filter(enrolment__training_class=place[0], lesson__lesson_uid=place[1])
    return holds_seat(of_lesson.filter(uid=session))


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
