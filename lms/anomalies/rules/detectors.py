"""The detectors (线索规则): rows in, findings out. Each is a function of the rows of one week and of the terms. Pure.

None of them depends on the order of the rows, nor on when the week began: the same records give the same findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple, TypeVar

from lms.anomalies.rules.findings import Finding
from lms.anomalies.rules.terms import AnomalyTerms

EAST8 = timezone(timedelta(hours=8))
DAY_MS, MINUTE_MS = 86_400_000, 60_000
MOST_EVIDENCE = 200  # uids that a finding carries; its figures count all


class SessionRow(NamedTuple):
    """A study session and from where it was opened. `last_ms`: when it was heard of last."""

    uid: str
    person: int
    enrolment: int
    device: str
    address: str
    network: str
    opened_ms: int
    last_ms: int


class CheckRow(NamedTuple):
    """An answered presence check."""

    uid: str
    person: int
    enrolment: int
    asked_ms: int
    settled_ms: int


class BeatsRow(NamedTuple):
    """When the beats of a session arrived, in order."""

    session: str
    person: int
    enrolment: int
    arrivals: Sequence[int]


class StudyRow(NamedTuple):
    """A stretch of a session in which something was played."""

    session: str
    person: int
    enrolment: int
    start_ms: int
    end_ms: int


class QuizRow(NamedTuple):
    """A first attempt at a quiz. `free_ms`: since the person was last seen to study something else; None: never."""

    uid: str
    person: int
    enrolment: int
    lesson: str
    title: str
    submitted_ms: int
    characters: int
    wrong: frozenset[tuple[str, str]]
    free_ms: int | None


class FaceRow(NamedTuple):
    """A comparison of a face, with the score that its policy asks for. Scores and thresholds: 0 to 100.

    `enrolment`: None where it was asked for before a lesson was opened.
    """

    uid: str
    person: int
    enrolment: int | None
    at_ms: int
    score: float
    threshold: float


Row = TypeVar("Row", SessionRow, CheckRow, BeatsRow, StudyRow, QuizRow, FaceRow)


def by_person(rows: Iterable[Row]) -> Iterator[tuple[int, list[Row]]]:
    """Yield persons with their rows, both in order."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    for person in sorted(found):
        yield person, sorted(found[person])


def spread(values: Sequence[int]) -> float:
    """Return the standard deviation over the mean (变异系数); 0 for values that are all the same."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values)) / mean if mean > 0 else 0.0


def shared_devices(rows: Iterable[SessionRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find browsers and network addresses from which many persons study (共用设备、共用地址)."""
    found = list(rows)
    if terms.device_persons is not None:
        yield from shared(found, "device", terms.device_persons, week)
    if terms.address_persons is not None:
        yield from shared(found, "address", terms.address_persons, week)


def shared(rows: list[SessionRow], what: str, least: int, week: date) -> Iterator[Finding]:
    """Find the marks that at least so many persons have in common."""
    marks: dict[str, list[SessionRow]] = defaultdict(list)
    for row in rows:
        if mark := getattr(row, what):
            marks[mark].append(row)
    noun = "浏览器" if what == "device" else "网络地址"
    for mark, sessions in sorted(marks.items()):
        persons = tuple(sorted({row.person for row in sessions}))
        if len(persons) < least:
            continue
        last = max(sessions, key=lambda row: (row.opened_ms, row.uid))
        yield Finding(
            kind=f"shared_{what}",
            subject=f"{what}:{mark}",
            week=week,
            seen=f"这一周有{len(persons)}人在同一个{noun}上学习，共{len(sessions)}次，最近一次是{clock_words(last.opened_ms)}。",
            compared=f"同一个{noun}一周内达到{least}人即列为线索。",
            figures=(
                ("人数", f"{len(persons)}人"),
                ("学习次数", f"{len(sessions)}次"),
                ("网段", last.network or "不详"),
            ),
            evidence={"sessions": uids(sorted(sessions, key=lambda row: (row.opened_ms, row.uid)))},
            enrolment=last.enrolment,
            persons=persons,
            enrolments=tuple(sorted({row.enrolment for row in sessions})),
        )


def even_beats(rows: Iterable[BeatsRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons whose beats come as no network lets them come (心跳过匀)."""
    if terms.beat_cv_ppm is None:
        return
    for person, sessions in by_person(rows):
        even = [(row, gaps) for row in sessions if (gaps := even_gaps(row, terms.beats_least, terms.beat_cv_ppm))]
        if not even:
            continue
        row, gaps = min(even, key=lambda one: (spread(one[1]), one[0].session))
        ppm, mean = spread(gaps) * 1e6, sum(gaps) / len(gaps)
        yield Finding.of_person(
            person,
            week,
            "even_beats",
            seen=f"{len(even)}次学习的心跳间隔几乎一样：最匀的一次{len(gaps)}个间隔，平均{mean / 1000:.2f}秒，"
            f"标准差只有{spread(gaps) * mean:.1f}毫秒。",
            compared=f"至少{terms.beats_least}个间隔、离散程度低于百万分之{terms.beat_cv_ppm}即列为线索，这次是百万分之{ppm:.0f}。",
            figures=(
                ("间隔个数", f"{len(gaps)}个"),
                ("平均间隔", f"{mean / 1000:.2f}秒"),
                ("离散程度", f"百万分之{ppm:.0f}"),
            ),
            evidence={"sessions": [one.session for one, _ in even][:MOST_EVIDENCE]},
            enrolment=row.enrolment,
        )


def even_gaps(row: BeatsRow, least: int, most_ppm: int) -> list[int]:
    """Return the gaps between a session's beats if there are enough and they are too even; else nothing."""
    gaps = [late - early for early, late in pairwise(row.arrivals) if late > early]
    return gaps if len(gaps) >= least and spread(gaps) * 1e6 < most_ppm else []


def even_answers(rows: Iterable[CheckRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons who answer checks after always the same time, as a script does (应答用时不变)."""
    if terms.answer_cv_percent is None:
        return
    for person, checks in by_person(rows):
        delays = [check.settled_ms - check.asked_ms for check in checks]
        if len(delays) < terms.answers_least or spread(delays) * 100 >= terms.answer_cv_percent:
            continue
        mean = sum(delays) / len(delays)
        yield Finding.of_person(
            person,
            week,
            "even_answers",
            seen=f"{len(delays)}次在岗确认都在被问后约{mean / 1000:.1f}秒应答，"
            f"最快{min(delays) / 1000:.1f}秒，最慢{max(delays) / 1000:.1f}秒。",
            compared=f"至少{terms.answers_least}次、离散程度低于{terms.answer_cv_percent}%即列为线索，"
            f"这里是{spread(delays) * 100:.1f}%。人工应答的快慢通常相差几倍。",
            figures=(
                ("应答次数", f"{len(delays)}次"),
                ("平均用时", f"{mean / 1000:.1f}秒"),
                ("离散程度", f"{spread(delays) * 100:.1f}%"),
            ),
            evidence={"checks": uids(checks)},
            enrolment=checks[-1].enrolment,
        )


def fast_quizzes(rows: Iterable[QuizRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find quizzes that were handed in sooner than their questions can be read (答题过快)."""
    if terms.reading_per_second is None:
        return
    for person, quizzes in by_person(rows):
        fast = [row for row in quizzes if is_too_fast(row, terms.reading_per_second, terms.reading_least)]
        if not fast:
            continue
        worst = max(fast, key=lambda row: (row.characters / max(1, row.free_ms or 0), row.uid))
        had = (worst.free_ms or 0) / 1000
        yield Finding.of_person(
            person,
            week,
            "fast_quiz",
            seen=f"{len(fast)}次测验交卷过快：“{worst.title}”题目共{worst.characters}字，"
            f"离上一次学习记录只有{had:.0f}秒就交了卷。",
            compared=f"按每秒读{terms.reading_per_second}字算，读完至少要{worst.characters / terms.reading_per_second:.0f}秒。",
            figures=(("题目字数", f"{worst.characters}字"), ("可用时间", f"{had:.0f}秒"), ("次数", f"{len(fast)}次")),
            evidence={"sittings": uids(fast)},
            enrolment=worst.enrolment,
        )


def is_too_fast(row: QuizRow, per_second: int, least: int) -> bool:
    """Return whether there was no time to read; where nothing shows when it began, there may have been."""
    return row.free_ms is not None and row.characters >= least and row.free_ms * per_second < row.characters * 1000


class Meeting(NamedTuple):
    """Two persons who handed in a quiz at about the same time."""

    first: QuizRow
    second: QuizRow

    @property
    def same_wrong(self) -> int:
        """Return how many wrong answers they have in common."""
        return len(self.first.wrong & self.second.wrong)

    @property
    def apart_ms(self) -> int:
        """Return how far apart they are."""
        return abs(self.second.submitted_ms - self.first.submitted_ms)


def twin_answers(rows: Iterable[QuizRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find pairs who hand in together again and again, or with the same wrong answers (同时交卷).

    Only when a quiz was handed in is recorded, not when each question was answered.
    """
    if terms.twin_seconds is None:
        return
    pairs: dict[tuple[int, int], list[Meeting]] = defaultdict(list)
    for meeting in meetings(rows, terms.twin_seconds * 1000):
        pairs[meeting.first.person, meeting.second.person].append(meeting)
    for (one, other), found in sorted(pairs.items()):
        wrong = max(meeting.same_wrong for meeting in found)
        if len(found) >= terms.twin_quizzes or wrong >= terms.twin_wrong:
            for person, partner in ((one, other), (other, one)):
                yield twin(person, partner, found, terms, week)


def meetings(rows: Iterable[QuizRow], within_ms: int) -> Iterator[Meeting]:
    """Yield who handed in the same quiz within some time of each other, the smaller number first."""
    lessons: dict[str, list[QuizRow]] = defaultdict(list)
    for row in rows:
        lessons[row.lesson].append(row)
    for _, handed in sorted(lessons.items()):
        ordered = sorted(handed, key=lambda row: (row.submitted_ms, row.person))
        for place, row in enumerate(ordered):
            for later in ordered[place + 1 :]:
                if later.submitted_ms - row.submitted_ms > within_ms:
                    break
                if later.person != row.person:
                    yield Meeting(*sorted((row, later), key=lambda one: one.person))


def twin(person: int, partner: int, found: list[Meeting], terms: AnomalyTerms, week: date) -> Finding:
    """Return what is said of one of a pair."""
    wrong, near = max(one.same_wrong for one in found), min(one.apart_ms for one in found)
    own = [one.first if one.first.person == person else one.second for one in found]
    same = f"，其中一次有{wrong}题错得一样" if wrong else ""
    return Finding.of_person(
        person,
        week,
        "twin_answers",
        seen=f"与同班另一人{len(found)}次测验几乎同时交卷，最近只差{near / 1000:.1f}秒{same}。",
        compared=f"交卷相差不超过{terms.twin_seconds}秒，且达到{terms.twin_quizzes}次、或有{terms.twin_wrong}题错得一样，即列为线索。",
        figures=(
            ("同时交卷", f"{len(found)}次"),
            ("最近相差", f"{near / 1000:.1f}秒"),
            ("相同错答", f"{wrong}题"),
        ),
        evidence={"sittings": uids([row for one in found for row in one])},
        enrolment=own[-1].enrolment,
        others=(partner,),
        twist=str(partner),
    )


def night_study(rows: Iterable[StudyRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons who study through several nights of a week (深夜学习)."""
    if terms.night_minutes is None:
        return
    for person, stretches in by_person(rows):
        nights: dict[int, int] = defaultdict(int)
        for row in stretches:
            for night, ms in night_parts(row.start_ms, row.end_ms, terms):
                nights[night] += ms
        long = {night: ms for night, ms in nights.items() if ms >= terms.night_minutes * MINUTE_MS}
        if len(long) < terms.night_days:
            continue
        longest = max(long.values()) // MINUTE_MS
        hours = f"{clock_time(terms.night_from_minute)}至{clock_time(terms.night_to_minute)}"
        yield Finding.of_person(
            person,
            week,
            "night_study",
            seen=f"这一周有{len(long)}个夜里（{hours}）播放课程，最长的一夜{longest}分钟。",
            compared=f"一夜达到{terms.night_minutes}分钟、一周达到{terms.night_days}夜即列为线索。",
            figures=(
                ("夜数", f"{len(long)}夜"),
                ("最长一夜", f"{longest}分钟"),
                ("合计", f"{sum(long.values()) // MINUTE_MS}分钟"),
            ),
            evidence={"sessions": sorted({row.session for row in stretches if any_night(row, terms)})[:MOST_EVIDENCE]},
            enrolment=stretches[-1].enrolment,
        )


def night_parts(start_ms: int, end_ms: int, terms: AnomalyTerms) -> Iterator[tuple[int, int]]:
    """Yield the nights that a stretch touches, each by the number of the day it began on, with how much of it lies there."""
    begin, length = terms.night_from_minute, (terms.night_to_minute - terms.night_from_minute) % 1440
    first = (start_ms + 8 * 60 * MINUTE_MS) // DAY_MS - 1
    for night in range(first, first + (end_ms - start_ms) // DAY_MS + 3):
        opens = night * DAY_MS - 8 * 60 * MINUTE_MS + begin * MINUTE_MS
        part = min(end_ms, opens + length * MINUTE_MS) - max(start_ms, opens)
        if part > 0:
            yield night, part


def any_night(row: StudyRow, terms: AnomalyTerms) -> bool:
    """Return whether some of a stretch lies at night."""
    return any(True for _ in night_parts(row.start_ms, row.end_ms, terms))


def two_networks(rows: Iterable[SessionRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons who are in two networks at once: one follows the other too soon, to and fro (两个网络).

    No places are known and none are guessed at, so this is no measure of distance.
    """
    if terms.network_switches is None:
        return
    for person, sessions in by_person(rows):
        ordered = sorted(sessions, key=lambda row: (row.opened_ms, row.uid))
        switches = [
            (old, new) for old, new in pairwise(ordered) if is_switch(old, new, terms.network_gap_seconds * 1000)
        ]
        if len(switches) < terms.network_switches:
            continue
        networks = sorted({row.network for pair in switches for row in pair})
        soonest = max(0, min(new.opened_ms - old.last_ms for old, new in switches))
        yield Finding.of_person(
            person,
            week,
            "two_networks",
            seen=f"这一周有{len(switches)}次刚在一个网络、一台设备上学习，就换到另一个网络、另一台设备，"
            f"最快相隔{soonest / 1000:.0f}秒。",
            compared=f"相隔不超过{terms.network_gap_seconds}秒的切换达到{terms.network_switches}次即列为线索。",
            figures=(
                ("切换", f"{len(switches)}次"),
                ("最快相隔", f"{soonest / 1000:.0f}秒"),
                ("网段", "、".join(networks[:4])),
            ),
            evidence={"sessions": list(dict.fromkeys(row.uid for pair in switches for row in pair))[:MOST_EVIDENCE]},
            enrolment=switches[-1][1].enrolment,
        )


def is_switch(old: SessionRow, new: SessionRow, within_ms: int) -> bool:
    """Return whether one session follows another at once, on another device and in another network."""
    known = old.network and new.network and old.device and new.device
    differs = old.network != new.network and old.device != new.device
    return bool(known) and differs and new.opened_ms - old.last_ms <= within_ms


def low_faces(rows: Iterable[FaceRow], terms: AnomalyTerms, week: date) -> Iterator[Finding]:
    """Find persons whose face was compared and fell short several times (人脸低分)."""
    if terms.face_low is None:
        return
    for person, faces in by_person(rows):
        low = [row for row in faces if row.score < row.threshold]
        if len(low) < terms.face_low:
            continue
        worst = min(low, key=lambda row: (row.score, row.uid))
        yield Finding.of_person(
            person,
            week,
            "low_faces",
            seen=f"{len(faces)}次人脸比对中有{len(low)}次低于要求，最低{worst.score:.1f}分。",
            compared=f"低于当次要求（最低一次要求{worst.threshold:.1f}分）达到{terms.face_low}次即列为线索。",
            figures=(
                ("低分次数", f"{len(low)}次"),
                ("比对次数", f"{len(faces)}次"),
                ("最低得分", f"{worst.score:.1f}分"),
            ),
            evidence={"faces": uids(low)},
            enrolment=next((row.enrolment for row in (worst, *low) if row.enrolment is not None), None),
        )


def uids(rows: Sequence[Any]) -> list[str]:
    """Return the uids of rows, each once, as many as a finding carries."""
    return list(dict.fromkeys(row.uid for row in rows))[:MOST_EVIDENCE]


def clock_words(ms: int) -> str:
    """Return 5月3日 19:42."""
    at = datetime.fromtimestamp(ms / 1000, tz=EAST8)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def clock_time(minute: int) -> str:
    """Return 06:00 of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"
