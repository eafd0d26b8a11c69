"""What an evidence package of a class holds: its records by source, and the same in tables that people read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from attendance.models import (
    Beat,
    CheckAsking,
    CheckReply,
    HoursEntry,
    LivePresence,
    LiveRecord,
    MergeEntry,
    MergeTwin,
    OfflineInterval,
    PackageReport,
    PresenceCheck,
    RestoredPiece,
    StudySession,
)
from attendance.queries import checks_of, hours_lines, ledger_of, sessions_of
from lms.anomalies.models import AnomalyCase, AnomalyFlag, CaseStep, Measure, Withdrawal
from lms.appeals.models import AppealStep, HoursAppeal
from lms.audit.models import AuditEntry
from lms.classes.models import ClassDecision, Enrolment, TrainingClass
from lms.dossier.queries import CompletionRow
from lms.exams.models import Answer, PopupAnswer, Sitting
from lms.faces.models import (
    ExemptionRuling,
    FaceAct,
    FaceCheck,
    FaceConsent,
    FaceExemption,
    FaceFrame,
    FaceOpinion,
    RealPersonCheck,
)
from lms.filing.models import FilingStep
from lms.kernel import clock
from lms.live.models import RollResult
from lms.people.models import IdentityCheck, MergeStep, PersonMerge
from lms.people.queries import owners_of
from lms.planning.rules import describe_terms
from lms.practice.models import (
    ListDecision,
    PracticeResult,
    PracticeSession,
    PresenceList,
    PresenceMark,
    Signature,
    TimetableStep,
)

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a package: file name, title, head and rows."""

    name: str
    title: str
    head: list[str]
    rows: list[list[Any]]


def record_keys(training_class: TrainingClass) -> dict[str, list[int]]:
    """Return the keys of a class's evidence by source; of beats the sessions."""
    enrolments = list(training_class.enrolments.values_list("pk", "person_id"))
    own, people = [pk for pk, _ in enrolments], whose_records(person for _, person in enrolments)
    sessions = list(StudySession.objects.filter(enrolment__in=own).values_list("pk", flat=True))
    cases = cases_of(own)
    looked = faces_for(people, own)
    merges = PersonMerge.objects.filter(Q(survivor__in=people) | Q(absorbed__in=people))
    asked = {
        "check": PresenceCheck.objects.filter(session__in=sessions),
        "asking": CheckAsking.objects.filter(session__in=sessions),
        "reply": CheckReply.objects.filter(check_row__session__in=sessions),
        "hours": HoursEntry.objects.filter(enrolment__in=own),
        "person_merge": merges,
        "person_merge_step": MergeStep.objects.filter(merge__in=merges),
        "merge_entry": MergeEntry.objects.filter(entry__enrolment__in=own),
        "merge_twin": MergeTwin.objects.filter(Q(enrolment__in=own) | Q(home__in=own)),
        "interval": OfflineInterval.objects.filter(entry__enrolment__in=own),
        "practice": PracticeSession.objects.filter(training_class=training_class),
        "roll_result": RollResult.objects.filter(enrolment__in=own),
        "timetable": TimetableStep.objects.filter(session__training_class=training_class),
        "signature": Signature.objects.filter(enrolment__in=own),
        "practice_list": PresenceList.objects.filter(session__training_class=training_class),
        "presence_mark": PresenceMark.objects.filter(enrolment__in=own),
        "list_opinion": ListDecision.objects.filter(presence_list__session__training_class=training_class),
        "practice_result": PracticeResult.objects.filter(mark__enrolment__in=own),
        "live_record": LiveRecord.objects.filter(live__training_class=training_class),
        "live_presence": LivePresence.objects.filter(enrolment__in=own),
        "report": PackageReport.objects.filter(enrolment__in=own),
        "decision": ClassDecision.objects.filter(training_class=training_class),
        "identity_check": IdentityCheck.objects.filter(person__in=people),
        "face_consent": FaceConsent.objects.filter(person__in=people),
        "face_check": looked,
        "face_act": FaceAct.objects.filter(check_row__in=looked),
        "face_frame": FaceFrame.objects.filter(act__in=looked.values("pk")),
        "face_review": FaceOpinion.objects.filter(check_row__in=looked),
        "real_person": RealPersonCheck.objects.filter(person__in=people),
        "exemption_request": FaceExemption.objects.filter(person__in=people),
        "exemption_decision": ExemptionRuling.objects.filter(exemption__person__in=people),
        "sitting": Sitting.objects.filter(enrolment__in=own),
        "answer": Answer.objects.filter(sitting__enrolment__in=own),
        "popup": PopupAnswer.objects.filter(enrolment__in=own),
        "restored": RestoredPiece.objects.filter(entry__enrolment__in=own),
        "hours_appeal_step": AppealStep.objects.filter(appeal__enrolment__in=own),
        "filing_step": FilingStep.objects.filter(organisation=training_class.institution_id),
        "flag": AnomalyFlag.objects.filter(enrolment__in=own),
        "case_step": CaseStep.objects.filter(case__in=cases),
        "measure": Measure.objects.filter(ruling__case__in=cases),
        "withdrawal": Withdrawal.objects.filter(entry__enrolment__in=own),
        "deed": deeds_about(training_class),
    }
    found = {name: list(rows.values_list("pk", flat=True)) for name, rows in asked.items()}
    return found | {"beats": sessions, "session": sessions, "origin": sessions, "end": sessions, "enrolment": own}


def deeds_about(training_class: TrainingClass) -> QuerySet[AuditEntry]:
    """Return what the operation log says of a class, its enrolments, days of practice and appeals."""
    targets = [
        training_class.uid,
        *training_class.enrolments.values_list("uid", flat=True),
        *PracticeSession.objects.filter(training_class=training_class).values_list("uid", flat=True),
        *HoursAppeal.objects.filter(enrolment__training_class=training_class).values_list("uid", flat=True),
    ]
    return AuditEntry.objects.filter(target_uid__in=targets)


def cases_of(enrolments: Collection[int]) -> QuerySet[AnomalyCase]:
    """Return the cases about learners that flags of enrolments opened; none of a device, which names others too."""
    return AnomalyCase.objects.filter(flags__enrolment__in=enrolments, subject=AnomalyCase.Subject.PERSON).distinct()


def faces_for(people: Collection[int], enrolments: Collection[int]) -> QuerySet[FaceCheck]:
    """Return the face checks of persons, without those of sittings in other classes."""
    studied = StudySession.objects.filter(enrolment__in=enrolments).values("uid")
    return FaceCheck.objects.filter(person__in=people).filter(Q(session_uid=None) | Q(session_uid__in=studied))


def whose_records(people: Iterable[int]) -> list[int]:
    """Return all records of persons, those that were merged among them: a face is shown by the record that stays."""
    return sorted(owners_of(list(people)))


def beat_count(sessions: Iterable[int]) -> int:
    """Return how many beats sessions have."""
    return Beat.objects.filter(session__in=list(sessions)).count()


def stamp(moment: datetime | None) -> str:
    """Return 2026-05-06 09:02:13 on the learners' clock."""
    return f"{clock.local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def sheets_of(training_class: TrainingClass, rows: list[CompletionRow], *, full: bool) -> list[Sheet]:
    """Return all tables of a class's package, in the order of its index."""
    enrolments = [row.enrolment for row in rows]
    names = {row.enrolment.pk: row.enrolment.person.name if full else row.name for row in rows}
    return [
        roster(rows, names, full=full),
        timetable(training_class),
        table("intervals.csv", "学习时段", INTERVALS, enrolments, names, intervals),
        table("checks.csv", "抽查", CHECKS, enrolments, names, checks),
        table("hours.csv", "学时台账", HOURS, enrolments, names, hours),
        table("lines.csv", "学时明细（含未计入的原因）", LINES, enrolments, names, lines),
        table("practice.csv", "线下实操签到、名单与复核", PRACTICE, enrolments, names, practice),
        table("faces.csv", "人脸核验（结果、得分、模型和照片摘要）", FACES, enrolments, names, faces),
        table("appeals.csv", "学时申诉", APPEALS, enrolments, names, appeals),
        table("cases.csv", "异常核查案件", CASES, enrolments, names, cases),
        table("papers.csv", "测验与作答", PAPERS, enrolments, names, papers),
        deeds(training_class),
        Sheet("certificates.csv", "证书", ["证书编号", "学员", "签发日期"], []),
    ]


def roster(rows: list[CompletionRow], names: dict[int, str], *, full: bool) -> Sheet:
    """Return who is in the class, and where everybody stands."""
    head = ["学员", "证件号码", "学籍编号", "人员编号", "有效学时", "完成课时", "状态", "还差什么"]
    cells = [
        [
            names[row.enrolment.pk],
            str(row.enrolment.person.document_number) if full else row.document,
            row.enrolment.pk,
            row.enrolment.person_id,
            row.hours,
            f"{row.completion.done_count}/{len(row.completion.lessons)}",
            row.state_name,
            "".join(row.completion.missing),
        ]
        for row in rows
    ]
    return Sheet("roster.csv", "花名册", head, cells)


def timetable(training_class: TrainingClass) -> Sheet:
    """Return the lessons of the class's course version and the rules that hours are counted by."""
    lessons = training_class.course_version.lessons.order_by("position")
    cells: list[list[Any]] = [
        [
            one.position,
            one.section_title,
            one.title,
            one.get_kind_display(),
            one.length_ms // MINUTE_MS,
            str(one.lesson_uid),
        ]
        for one in lessons
    ]
    rules = [
        ["口径", rule.label, rule.value, "", "", rule.sentence] for rule in describe_terms(training_class.study_terms())
    ]
    days = ["班期", f"{training_class.starts_on}至{training_class.ends_on}", "", "", "", ""]
    return Sheet(
        "timetable.csv",
        "课程表与口径",
        ["序号", "章", "课时", "类型", "时长(分钟)", "标识或说明"],
        [days, *cells, *rules],
    )


def table(name: str, title: str, head: list[str], enrolments: list[Enrolment], names: dict[int, str], of: Any) -> Sheet:
    """Return a table with the learner's name before each of its lines."""
    cells = [[names[one.pk], *line] for one in enrolments for line in of(one)]
    return Sheet(name, title, ["学员", *head], cells)


INTERVALS = ["会话编号", "课时", "终端", "开始", "结束", "计入(秒)", "未计入(秒)", "如何结束"]


def intervals(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield an enrolment's sittings at lessons."""
    for one in reversed(sessions_of(enrolment)):
        seconds = [one.credit_ms // 1000, one.lost_ms // 1000]  # type: ignore[attr-defined]
        times = [stamp(one.opened_at), stamp(one.ended_at)]  # type: ignore[attr-defined]
        yield [one.pk, one.lesson.title, one.get_client_display(), *times, *seconds, one.ending]  # type: ignore[attr-defined]


CHECKS = ["抽查编号", "会话编号", "发出", "结束", "结果"]


def checks(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield an enrolment's checks."""
    for one in reversed(checks_of(enrolment)):
        asked, settled = clock.from_ms(one.asked_ms), clock.from_ms(one.settled_ms)
        yield [one.pk, one.session_id, stamp(asked), stamp(settled), one.ending]


HOURS = ["分录编号", "日期", "课时标识", "类别", "秒", "抽查序号", "记账时间"]


def hours(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield an enrolment's ledger."""
    for one in ledger_of(enrolment):
        yield [one.pk, one.day, one.lesson_uid, one.get_kind_display(), one.ms // 1000, one.check_no, stamp(one.at)]


LINES = ["开始", "结束", "秒", "说明"]


def lines(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield every minute, credited or explained."""
    for one in reversed(hours_lines(enrolment)):
        yield [stamp(one.at), stamp(one.until), one.ms // 1000, one.sentence]


APPEALS = ["申诉编号", "暂不认定分录", "步骤", "意见", "内容", "恢复分录", "恢复(秒)", "时间"]


def appeals(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield what was appealed in an enrolment, step by step."""
    steps = AppealStep.objects.filter(appeal__enrolment=enrolment).select_related("appeal", "restored", "note")
    for one in steps.order_by("appeal", "number"):
        seconds = one.restored.ms // 1000 if one.restored else ""
        about = [one.appeal.number, one.appeal.entry_id, one.get_kind_display(), one.get_outcome_display(), one.words]
        yield [*about, one.restored_id or "", seconds, stamp(one.at)]


PRACTICE = ["课次编号", "记录", "编号", "时间", "内容", "说明", "计入(秒)"]


def practice(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield what an enrolment signed at places, what lists say of it, who saw them a second time, and what it was worth."""
    for one in Signature.objects.filter(enrolment=enrolment).order_by("session", "at_ms", "pk"):
        far = f"，距离{one.distance_m}米" if one.distance_m is not None else ""
        way = f"{one.get_method_display()}，{one.get_place_display()}{far}"
        yield [one.session_id, one.get_way_display(), one.pk, stamp(one.signed_at), way, "", ""]
    related = ("note", "presence_list__note", "presence_list__decision__note", "result__entry")
    marks = PresenceMark.objects.filter(enrolment=enrolment).select_related(*related)
    for mark in marks.order_by("presence_list__session", "presence_list__number"):
        filed = mark.presence_list
        times = [stamp(clock.from_ms(ms)) for ms in (mark.begin_ms, mark.end_ms) if ms is not None]
        about = "，".join(filter(None, [mark.get_presence_display(), "至".join(times), mark.words]))
        paper = f"原件校验值{filed.paper_sha256 or '无'}"
        source = "，".join(filter(None, [filed.get_source_display(), paper, filed.words]))
        result = getattr(mark, "result", None)
        worth = result.entry.ms // 1000 if result and result.entry else ""
        yield [filed.session_id, f"名单第{filed.number}份", mark.pk, stamp(filed.at), about, source, worth]
        if decision := getattr(filed, "decision", None):
            words = [decision.get_outcome_display(), decision.words]
            yield [filed.session_id, "名单复核", decision.pk, stamp(decision.at), *words, ""]


FACES = ["核验编号", "用途", "采集方式", "结果", "得分(千分)", "通过线(千分)", "模型", "照片摘要", "时间"]


def faces(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield the face checks of whose enrolment it is that the package has: not those of sittings in other classes."""
    for one in faces_for(whose_records([enrolment.person_id]), [enrolment.pk]).order_by("pk"):
        kinds = [one.get_purpose_display(), one.get_capture_display(), one.get_outcome_display()]
        numbers = ["" if one.score_permille is None else one.score_permille, one.threshold_permille]
        yield [one.pk, *kinds, *numbers, one.model_id, one.picture_hash, stamp(one.at)]


CASES = ["案件编号", "步骤编号", "步骤", "结论", "内容", "时间"]


def cases(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield the steps of the cases that flags of an enrolment opened about its learner."""
    steps = (
        CaseStep.objects.filter(case__in=cases_of([enrolment.pk])).select_related("case", "note").order_by("case", "pk")
    )
    for one in steps:
        yield [one.case.number, one.pk, one.get_kind_display(), one.get_outcome_display(), one.words, stamp(one.at)]


PAPERS = ["考次编号", "课时", "次数", "交卷", "得分", "及格", "试题标识", "作答", "正确"]


def papers(enrolment: Enrolment) -> Iterator[list[Any]]:
    """Yield an enrolment's answers, sitting by sitting."""
    sittings = Sitting.objects.filter(enrolment=enrolment).select_related("lesson").prefetch_related("answers")
    for one in sittings.order_by("submitted_at"):
        paper = [one.pk, one.lesson.title, one.attempt, stamp(one.submitted_at), one.score_percent, yes(one.is_passed)]
        for answer in one.answers.all():
            yield [*paper, answer.question_id, "；".join(map(str, answer.chosen)), yes(answer.is_correct)]


def deeds(training_class: TrainingClass) -> Sheet:
    """Return the deeds about a class for which somebody gave a reason."""
    reasoned = deeds_about(training_class).exclude(reason="", note=None).select_related("note").order_by("pk")
    cells = [[one.pk, stamp(one.at), one.role, one.action, one.words] for one in reasoned]
    return Sheet("deeds.csv", "有理由的操作记录", ["编号", "时间", "身份", "操作", "理由"], cells)


def yes(value: bool) -> str:
    """Return 是 or 否."""
    return "是" if value else "否"
