"""Classes, rosters, enrolments: the deeds. Maker and checker differ (M3); version and policy freeze at approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from courses.models import CourseVersion
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import ClassDecision, Enrolment, RosterRow, TrainingClass, VersionUpgrade
from lms.classes.queries import (
    course_bar,
    document_bars,
    enrolment_bars,
    enrolments_of,
    makers_of,
    newer_versions,
    open_upgrade,
    opening_bar,
    teachers_of,
)
from lms.classes.rules import DOCUMENT_NAMES, EDITABLE, class_number, may_become
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.row_errors import keep_corrections
from lms.kernel.sheets import Row, RowError, lost_digits, read_rows
from lms.kernel.vault import put_file
from lms.kernel.visitors import forget_pages_on_commit
from lms.notifications.rules import Message
from lms.notifications.services import tell_persons, tell_users
from lms.people.models import Person, PersonCategory, User
from lms.people.queries import document_index, family_of
from lms.people.rules import ERASED_NAME, check_document, check_name, normalise_phone
from lms.planning.models import Programme
from lms.planning.queries import policy_for

COLUMNS = {
    "姓名": ("学员姓名", "name"),
    "证件号码": ("身份证号", "身份证号码", "身份证", "证件号"),
    "证件类型": ("类型",),
    "手机号": ("手机", "联系电话", "电话"),
    "人员类别": ("类别",),
}
REQUIRED = ("姓名", "证件号码")
State = TrainingClass.State


@dataclass(slots=True)
class RosterReport:
    """How a roster's import went: all rows, or none and every bad one named (名册导入结果)."""

    added: int = 0
    removed: int = 0
    errors: list[RowError] = field(default_factory=list)
    corrections: UUID | None = None  # the sheet to correct, if there are errors


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A row that is fit to be written."""

    number: int
    name: str
    document_type: str
    document_number: str
    phone: str | None
    category_code: str


def checked_dates(starts_on: date, ends_on: date) -> None:
    """Raise InvalidError at the field for dates out of order."""
    if ends_on < starts_on:
        sentence = "结束日期不能早于开班日期。"
        raise InvalidError(sentence, fields={"ends_on": sentence})


def checked_opening(institution_id: int, starts_on: date) -> None:
    """Raise InvalidError at the field for a class that begins while its institution may open none (暂停开班)."""
    if sentence := opening_bar(institution_id, max(starts_on, clock.today())):
        raise InvalidError(sentence, fields={"starts_on": sentence})


def checked_people(institution_id: int, course_version: CourseVersion, teacher: User | None) -> None:
    """Raise InvalidError at the field for a course or a teacher of another institution (S1), or a course that is not filed."""
    if course_version.institution_id != institution_id:
        sentence = "只能选择本机构的课程。"
        raise InvalidError(sentence, fields={"course_version": sentence})
    if sentence := course_bar(institution_id, course_version, clock.today()):
        raise InvalidError(sentence, fields={"course_version": sentence})
    if teacher is not None and not teachers_of([institution_id]).filter(pk=teacher.pk).exists():
        sentence = "只能选择本机构的讲师。"
        raise InvalidError(sentence, fields={"teacher": sentence})


@transaction.atomic
def file_class(
    *,
    name: str,
    programme: Programme,
    course_version: CourseVersion,
    starts_on: date,
    ends_on: date,
    actor: Actor,
    teacher: User | None = None,
) -> TrainingClass:
    """File a class as a draft of the institution that owns the course (填报开班)."""
    require(actor, "classes.file", course_version.institution)
    checked_dates(starts_on, ends_on)
    checked_opening(course_version.institution_id, starts_on)
    checked_people(course_version.institution_id, course_version, teacher)
    made = TrainingClass.objects.create(
        name=name.strip(),
        programme=programme,
        institution=course_version.institution,
        course_version=course_version,
        teacher=teacher,
        starts_on=starts_on,
        ends_on=ends_on,
        filed_by_id=actor.user_id,
    )
    record(actor, "classes.filed", made)
    return made


def lock_class(training_class: TrainingClass) -> TrainingClass:
    """Return the class, locked."""
    return TrainingClass.objects.select_for_update().get(pk=training_class.pk)


def lock_editable(training_class: TrainingClass, actor: Actor) -> TrainingClass:
    """Return the class, locked, if its institution may change it now."""
    held = lock_class(training_class)
    require(actor, "classes.file", held)
    if held.state not in EDITABLE:
        raise ConflictError("班级已提交或已开班，不能再修改。如需修改，请联系区办退回。", code="class_locked")
    return held


@transaction.atomic
def change_class(*, training_class: TrainingClass, actor: Actor, **changes: Any) -> TrainingClass:
    """Change a draft or a returned class (修改开班信息)."""
    held = lock_editable(training_class, actor)
    for name, value in changes.items():
        setattr(held, name, value)
    checked_dates(held.starts_on, held.ends_on)
    checked_opening(held.institution_id, held.starts_on)
    checked_people(held.institution_id, held.course_version, held.teacher)
    held.save(update_fields=list(changes))
    record(actor, "classes.changed", held, fields=sorted(changes))
    return held


def import_roster(
    *, training_class: TrainingClass, name: str, content: bytes, actor: Actor, replaces: bool = False
) -> RosterReport:
    """Import a roster from xlsx or csv (导入名册): added to what is there, or in its place if it `replaces` it.

    Nothing is half saved: one bad row keeps the roster as it was. The file itself is kept encrypted for a day; of a
    refused one its rows, with what is wrong beside them.
    """
    require(actor, "classes.file", training_class)
    rows = read_rows(content, name, columns=COLUMNS, required=REQUIRED)
    report = RosterReport()
    if not rows:
        raise InvalidError("名册里没有学员，请填写后再上传。", code="roster_empty")
    with transaction.atomic():
        held = lock_editable(training_class, actor)
        present = set() if replaces else set(held.roster.values_list("document_index", flat=True))
        checked_opening(held.institution_id, held.starts_on)
        entries = checked_rows(rows, present, report)
        report.errors.extend(barred_rows(entries))
        if not report.errors:
            write_entries(held, entries, report, replaces=replaces)
            record(actor, "classes.roster_imported", held, rows=report.added, removed=report.removed)
    if report.errors:
        kept = keep_corrections(name=name, rows=rows, errors=report.errors, owner_id=actor.user_id)
        report.corrections = kept.uid
    else:
        put_file(name=name[-200:], content=content, purpose=f"名册导入：{held.name}", owner_id=actor.user_id)
    return report


def write_entries(held: TrainingClass, entries: list[RosterEntry], report: RosterReport, *, replaces: bool) -> None:
    """Write good rows behind those of a locked class, or in their place, and count them."""
    if replaces:
        report.removed = held.roster.count()
        held.roster.all().delete()
    last = max(held.roster.values_list("row_number", flat=True), default=0)
    RosterRow.objects.bulk_create(roster_row(held, place, entry) for place, entry in enumerate(entries, last + 1))
    report.added = len(entries)


def roster_row(held: TrainingClass, place: int, entry: RosterEntry) -> RosterRow:
    """Return a row to be written; its number and phone are sealed as it is."""
    return RosterRow(
        training_class=held,
        row_number=place,
        name=entry.name,
        document_type=entry.document_type,
        document_number=entry.document_number,
        document_index=document_index(entry.document_number),
        phone_sealed=entry.phone,
        category_code=entry.category_code,
    )


def checked_rows(rows: list[Row], present: set[str], report: RosterReport) -> list[RosterEntry]:
    """Return the good rows; note every cell that is wrong, and who is named twice or is `present` already."""
    categories: dict[str, str] = dict(PersonCategory.objects.values_list("name", "code"))
    categories |= {code: code for code in categories.values()}
    known = dict.fromkeys(present, "已在本班名册中")
    good = []
    for row in rows:
        entry = checked_row(row, categories, report)
        if entry is None:
            continue
        index = document_index(entry.document_number)
        if index in known:
            report.errors.append(RowError(row.number, "证件号码", f"这个证件号码{known[index]}，请删除重复的一行。"))
        known[index] = f"与第{row.number}行重复"
        good.append(entry)
    return good


def barred_rows(entries: list[RosterEntry]) -> Iterator[RowError]:
    """Yield the rows of people who may not be enrolled today, each with why and until when (不得报名)."""
    places = {(entry.document_type, document_index(entry.document_number)): entry.number for entry in entries}
    for number, sentence in sorted(document_bars(places).items()):
        yield RowError(number, "证件号码", f"{sentence}请先从名册中删去这一行，到期后再报名。")


def checked_row(row: Row, categories: dict[str, str], report: RosterReport) -> RosterEntry | None:
    """Return a row's values, or note what is wrong."""
    wrong: dict[str, str] = {}
    number, kind = row.get("证件号码"), DOCUMENT_NAMES.get(row.get("证件类型"))
    phone: str | None = None
    if kind is None:
        usable = "、".join(name for name in DOCUMENT_NAMES if name)
        wrong["证件类型"] = f"“{row.get('证件类型')}”不是可用的证件类型，可以填：{usable}。"
    if lost_digits(number):
        wrong["证件号码"] = "号码被 Excel 转成了数字，末几位已丢失。请把这一列设为“文本”后重新填写。"
    else:
        try:
            number = check_document(kind or "resident_id", number, today=clock.today()).number
        except InvalidError as error:
            wrong["证件号码"] = error.message
    try:
        name = check_name(row.get("姓名"))
    except InvalidError as error:
        name, wrong["姓名"] = "", error.message
    if row.get("手机号"):
        try:
            phone = normalise_phone(row.get("手机号"))
        except InvalidError as error:
            wrong["手机号"] = error.message
    category = row.get("人员类别")
    if category and category not in categories:
        wrong["人员类别"] = f"“{category}”不在人员类别表中，请从模板的类别中选择。"
    report.errors.extend(RowError(row.number, column, sentence) for column, sentence in wrong.items())
    return None if wrong else RosterEntry(row.number, name, kind or "", number, phone, categories.get(category, ""))


@transaction.atomic
def remove_roster_row(*, row: RosterRow, actor: Actor) -> None:
    """Take a person off the roster of a class that is still editable (移出名册)."""
    held = lock_editable(row.training_class, actor)
    record(actor, "classes.roster_row_removed", held, row=row.row_number)
    row.delete()


@transaction.atomic
def submit_class(*, training_class: TrainingClass, actor: Actor) -> TrainingClass:
    """Submit a class to the office (提交开班申请). Raises InvalidError with every missing piece."""
    held = lock_editable(training_class, actor)
    ensure_opening(held)
    if problems := class_problems(held):
        raise InvalidError("还不能提交：" + "".join(problems), problems=problems, code="class_incomplete")
    return step(held, State.SUBMITTED, ClassDecision.Kind.SUBMITTED, "", actor)


def ensure_opening(held: TrainingClass) -> None:
    """Raise ConflictError while the institution may open no class, or none of this course."""
    if sentence := opening_bar(held.institution_id, clock.today()):
        raise ConflictError(sentence, code="institution_suspended")
    if sentence := course_bar(held.institution_id, held.course_version, clock.today()):
        raise ConflictError(sentence, code="course_not_filed")


def class_problems(held: TrainingClass) -> list[str]:
    """Return what a class still lacks, a sentence each (提交检查)."""
    problems = [] if held.roster.exists() else ["名册里还没有学员。"]
    if held.teacher_id is None:
        problems.append("还没有选择任课教师。")
    if held.ends_on < clock.today():
        problems.append("结束日期已过。")
    return problems


@transaction.atomic
def return_class(*, training_class: TrainingClass, opinion: str, actor: Actor) -> TrainingClass:
    """Send a class back with an opinion (退回)."""
    held = decidable(training_class, actor)
    if len(opinion.strip()) < 5:
        sentence = "请写明退回意见（至少5个字），让机构知道怎么改。"
        raise InvalidError(sentence, fields={"opinion": sentence})
    return step(held, State.RETURNED, ClassDecision.Kind.RETURNED, opinion, actor)


@transaction.atomic
def approve_class(*, training_class: TrainingClass, opinion: str, actor: Actor) -> TrainingClass:
    """Approve a class (批准开班): number, policy and version are frozen, everybody known on the roster is enrolled."""
    held = decidable(training_class, actor)
    ensure_opening(held)
    policy = policy_for(held.programme.policy_name, on=held.starts_on)
    held.policy, held.frozen_terms = policy, policy.study_terms().as_json()
    held.opened_at, held.number = clock.now(), next_number(clock.today().year)
    held.save(update_fields=["policy", "frozen_terms", "opened_at", "number"])
    step(held, State.OPEN, ClassDecision.Kind.APPROVED, opinion, actor)
    enrol_known(held)
    return held


def enrol_known(held: TrainingClass) -> int:
    """Enrol everybody on the roster who has a real name already and is not barred; returns how many (名册入学)."""
    rows = {(row.document_type, row.document_index): row for row in held.roster.all()}
    known = list(Person.objects.filter(document_index__in=[index for _, index in rows]).order_by("pk"))
    barred = enrolment_bars([person.pk for person in known], clock.today())
    places: dict[int, Enrolment] = {}  # by whose record it is: a person may stand on the roster with two documents
    for person in known:
        row = rows.get((person.document_type, person.document_index))
        if person.pk not in barred and row:
            place = Enrolment(training_class=held, person_id=person.owner_id, roster_row=row, enrolled_at=clock.now())
            places.setdefault(person.owner_id, place)
    Enrolment.objects.bulk_create(places.values(), ignore_conflicts=True)
    tell_enrolled(places.values())
    return len(places)


def lock_numbers() -> None:
    """Have two approvals at once wait for each other, at the oldest programme's row (开班编号)."""
    Programme.objects.select_for_update().order_by("pk").first()


def next_number(year: int) -> str:
    """Return the next number of a year: without holes, without duplicates."""
    lock_numbers()
    numbers = TrainingClass.objects.filter(number__startswith=f"KB-{year}-").values_list("number", flat=True)
    return class_number(year, max((int(str(number).rsplit("-", 1)[1]) for number in numbers), default=0) + 1)


def decidable(training_class: TrainingClass, actor: Actor) -> TrainingClass:
    """Return a submitted class, locked, if this actor may decide it: whoever filed or submitted it may not (M3)."""
    held = lock_class(training_class)
    require(actor, "classes.decide", held)
    if held.state != State.SUBMITTED:
        raise ConflictError("班级不在待审核状态，请刷新页面查看最新状态。", code="class_not_submitted")
    if actor.user_id in makers_of(held):
        raise ForbiddenError("填报人和提交人不能审核自己的班级，请由另一位同事办理。", code="maker_is_checker")
    return held


@transaction.atomic
def close_class(*, training_class: TrainingClass, opinion: str, actor: Actor) -> TrainingClass:
    """Close a class (结班): no more time is counted."""
    held = lock_class(training_class)
    require(actor, "classes.decide", held)
    return step(held, State.CLOSED, ClassDecision.Kind.CLOSED, opinion, actor)


def step(held: TrainingClass, state: str, kind: str, opinion: str, actor: Actor) -> TrainingClass:
    """Take one step of the class's life, with its evidence."""
    if not may_become(held.state, state):
        raise ConflictError(f"班级现在是“{held.get_state_display()}”，不能办理这一步。", code="class_state")
    held.state = state
    held.save(update_fields=["state"])
    decision = ClassDecision.objects.create(
        training_class=held, kind=kind, by_id=actor.user_id, opinion=opinion.strip(), at=clock.now()
    )
    record(actor, f"classes.{kind}", held, reason=opinion.strip()[:200])
    tell_of_step(held, decision)
    forget_pages_on_commit()
    return held


def tell_of_step(held: TrainingClass, decision: ClassDecision) -> None:
    """Tell whoever filed a class how it was decided, and its learners that it is closed (通知)."""
    if decision.kind == ClassDecision.Kind.SUBMITTED:
        return
    said = decision.get_kind_display()
    text = f"意见：{decision.opinion}" if decision.opinion else ""
    made = Message("class_decided", held.uid, f"class:{decision.pk}", f"“{held.name}”{said}", text)
    tell_users(makers_of(held) - {decision.by_id}, made)
    if decision.kind == ClassDecision.Kind.CLOSED:
        text = "不再计入学时。您的学时和结业情况仍可查看。"
        tell_learners(held, Message("class_closed", held.uid, f"class:{decision.pk}", f"“{held.name}”已结班", text))


def tell_learners(held: TrainingClass, message: Message) -> None:
    """Tell everybody who has a place in a class (通知全班)."""
    places = Enrolment.objects.filter(training_class=held, state=Enrolment.State.ACTIVE)
    tell_persons(places.values_list("person_id", flat=True), message)


def tell_enrolled(places: Iterable[Enrolment]) -> None:
    """Tell people in which class they have a place (入学通知)."""
    for held, own in groupby(sorted(places, key=place_order), key=lambda place: place.training_class):
        days = f"{held.starts_on:%Y年%-m月%-d日}至{held.ends_on:%Y年%-m月%-d日}"
        title = f"您已入学“{held.name}”"
        message = Message("enrolled", held.uid, f"enrolled:{held.uid}", title, f"学习时间{days}，可以开始学习了。")
        tell_persons([place.person_id for place in own], message)


def place_order(place: Enrolment) -> int:
    """Return what brings the places of one class together."""
    return place.training_class_id


def lock_classes(class_ids: Iterable[int]) -> QuerySet[TrainingClass]:
    """Return classes, locked in the order of their keys."""
    return TrainingClass.objects.select_for_update().filter(pk__in=class_ids).order_by("pk")


def erase_roster_rows(person: Person) -> None:
    """Take who a person is out of the rosters that led to their enrolments (名册清除)."""
    for row in RosterRow.objects.filter(enrolment__person=person):
        row.name, row.document_number, row.phone_sealed = ERASED_NAME, "", None
        row.document_index = f"erased-{row.pk}"
        row.save()


def enrol_from_rosters(person: Person) -> None:
    """Enrol a person in every open class whose roster names the document; asked again, it changes nothing (名册匹配).

    Nobody is enrolled who is barred; whoever bars asks again when that is over.
    The classes are locked before their state is read: one that is being approved at this moment has either seen this
    person already or is open by the time the lock is given.
    """
    if enrolment_bars([person.pk], clock.today()):
        return
    records = Person.objects.filter(pk__in=family_of(person.pk))
    documents = set(records.values_list("document_type", "document_index"))
    rows = RosterRow.objects.filter(document_index__in=[index for _, index in documents]).order_by("-pk")
    named = {row.training_class_id: row for row in rows if (row.document_type, row.document_index) in documents}
    own = enrolments_of(person.owner_id).filter(training_class__in=named).values_list("training_class_id", flat=True)
    places = [
        Enrolment(training_class=one, person_id=person.owner_id, roster_row=named[one.pk], enrolled_at=clock.now())
        for one in lock_classes(named.keys() - set(own))
        if one.state == State.OPEN
    ]
    Enrolment.objects.bulk_create(places, ignore_conflicts=True)
    tell_enrolled(places)


def checked_words(text: str, field: str, sentence: str) -> str:
    """Return words of at least five characters. Raises InvalidError at the field."""
    if len(text.strip()) < 5:
        raise InvalidError(sentence, fields={field: sentence})
    return text.strip()[:500]


@transaction.atomic
def propose_upgrade(*, training_class: TrainingClass, number: int, reason: str, actor: Actor) -> VersionUpgrade:
    """Propose that a running class goes on with a newer version of its course (申请课程换版)."""
    held = lock_class(training_class)
    require(actor, "classes.propose_upgrade", held)
    if held.state != State.OPEN:
        raise ConflictError("只有已开班的班级才能换版。没有开班的，请直接修改开班信息。", code="class_not_running")
    words = checked_words(reason, "reason", "请写明换版理由（至少5个字），区办据此审核。")
    wanted = newer_versions(held).filter(number=number).first()
    if wanted is None:
        sentence = "请选择比班级现用版本更新的一版。"
        raise InvalidError(sentence, fields={"number": sentence})
    if open_upgrade(held) is not None:
        raise ConflictError("这个班已有一份换版申请在等区办审核。", code="upgrade_waits")
    made = VersionUpgrade.objects.create(
        training_class=held,
        from_version_id=held.course_version_id,
        to_version=wanted,
        reason=words,
        proposed_by_id=actor.user_id,
    )
    record(actor, "classes.upgrade_proposed", held, to=wanted.number, reason=words[:200])
    return made


@transaction.atomic
def decide_upgrade(*, training_class: TrainingClass, approves: bool, opinion: str, actor: Actor) -> VersionUpgrade:
    """Let a class go on with the newer version, or send the proposal back (审核课程换版).

    Nothing else changes: progress hangs on the lesson's uid, credited time on the enrolment. Maker and checker differ (M3).
    """
    held = lock_class(training_class)
    require(actor, "classes.decide", held)
    asked = open_upgrade(held)
    if asked is None or held.state != State.OPEN or asked.from_version_id != held.course_version_id:
        raise ConflictError("这份换版申请已经处理过，或班级已结班，请刷新页面。", code="upgrade_decided")
    if actor.user_id == asked.proposed_by_id:
        raise ForbiddenError("申请人不能审核自己的换版申请，请由另一位同事办理。", code="maker_is_checker")
    if not approves:
        checked_words(opinion, "opinion", "请写明退回意见（至少5个字），让机构知道原因。")
    states = VersionUpgrade.State
    asked.state = states.APPROVED if approves else states.RETURNED
    asked.opinion, asked.decided_at, asked.decided_by_id = opinion.strip()[:500], clock.now(), actor.user_id
    asked.save(update_fields=["state", "opinion", "decided_at", "decided_by"])
    if approves:
        change_version(held, asked, actor)
    else:
        record(actor, "classes.upgrade_returned", held, reason=asked.opinion[:200])
    return asked


def change_version(held: TrainingClass, asked: VersionUpgrade, actor: Actor) -> None:
    """Pin the newer version, with its evidence."""
    old, new = asked.from_version, asked.to_version
    held.course_version = new
    held.save(update_fields=["course_version"])
    words = f"由第{old.number}版换为第{new.number}版。{asked.opinion}"[:500]
    ClassDecision.objects.create(
        training_class=held, kind=ClassDecision.Kind.UPGRADED, by_id=actor.user_id, opinion=words, at=clock.now()
    )
    record(actor, "classes.upgraded", held, from_version=old.number, to_version=new.number, reason=asked.reason[:200])
