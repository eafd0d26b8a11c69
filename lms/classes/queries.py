"""Reads of classes and enrolments, scoped to who asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from courses.models import CourseVersion
from courses.queries.catalogue import CatalogueFilters, CatalogueResult, catalogue
from lms.access.rules import DISTRICT_WIDE, Actor, Role, is_permitted
from lms.classes.models import ClassDecision, Enrolment, RosterRow, TrainingClass, VersionUpgrade
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.people.models import Person, PersonCategory, User
from lms.people.queries import owners_of, records_of

BARS: list[str] = []
SUSPENSIONS: list[str] = []
OFFERS: list[str] = []
TIMETABLES: list[str] = []
GONE = "没有找到这个班级，可能已删除，或不在您的管理范围内。"


@dataclass(frozen=True, slots=True)
class Appointment:
    """What somebody teaches or helps with at a time, of any timetable (授课安排)."""

    uid: UUID
    starts_at: datetime
    ends_at: datetime
    name: str
    class_name: str


def when_enrolled(function: str) -> None:
    """Have `function(person_ids, day)` asked who may not be enrolled: a sentence by person."""
    if function not in BARS:
        BARS.append(function)


def when_opened(function: str) -> None:
    """Have `function(institution_id, day)` asked before a class is submitted or approved: a sentence, or nothing."""
    if function not in SUSPENSIONS:
        SUSPENSIONS.append(function)


def when_offered(function: str) -> None:
    """Have `function(institution_id, course_version, day)` asked whether it may be taught: a sentence why not, or nothing."""
    if function not in OFFERS:
        OFFERS.append(function)


def when_taught(function: str) -> None:
    """Have `function(user_id, starts_at, ends_at)` asked what somebody teaches at a time: a list of `Appointment`."""
    if function not in TIMETABLES:
        TIMETABLES.append(function)


def enrolment_bars(person_ids: Collection[int], day: date) -> dict[int, str]:
    """Return why persons may not be enrolled on a day, by person (不得报名): a bar holds for all records of a person."""
    owners = owners_of(person_ids)
    found: dict[int, str] = {}
    for name in BARS:
        ask: Callable[[Collection[int], date], dict[int, str]] = import_string(name)
        found |= {owners[person]: sentence for person, sentence in ask(list(owners), day).items()}
    return {person: found[owners[person]] for person in person_ids if owners.get(person) in found}


def opening_bar(institution_id: int, day: date) -> str:
    """Return why an institution may open no class on a day, or nothing (暂停开班)."""
    asks: list[Callable[[int, date], str]] = [import_string(name) for name in SUSPENSIONS]
    return next((sentence for ask in asks if (sentence := ask(institution_id, day))), "")


def course_bar(institution_id: int, course_version: CourseVersion, day: date) -> str:
    """Return why an institution may not teach a course on a day, or nothing (目录外)."""
    asks: list[Callable[[int, CourseVersion, date], str]] = [import_string(name) for name in OFFERS]
    return next((sentence for ask in asks if (sentence := ask(institution_id, course_version, day))), "")


def classes_visible_to(actor: Actor) -> QuerySet[TrainingClass]:
    """Return the classes that this actor may see, newest first, with roster and enrolment counts (可见班级)."""
    related = ("institution", "programme__department", "course_version", "teacher__person")
    classes = TrainingClass.objects.select_related(*related)
    return (
        classes.filter(reach(actor))
        .annotate(roster_count=Count("roster", distinct=True), learner_count=Count("enrolments", distinct=True))
        .order_by("-created_at", "-pk")
    )


def reach(actor: Actor) -> Q:
    """Return the condition of what lies within an actor's roles: drafts are the institution's own."""
    if actor.has(*DISTRICT_WIDE):
        return ~Q(state=TrainingClass.State.DRAFT)
    own = Q(institution_id__in=actor.units(Role.INSTITUTION))
    taught = Q(institution_id__in=actor.units(Role.INSTRUCTOR), teacher_id=actor.user_id or 0)
    led = Q(programme__department_id__in=actor.units(Role.DEPARTMENT)) & ~Q(state=TrainingClass.State.DRAFT)
    return own | taught | led


def class_for(actor: Actor, uid: UUID) -> TrainingClass:
    """Return a class that the actor may see. Raises NotFoundError for any other."""
    found = classes_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="class_not_found")
    return found


def enrolments_of(person_id: int | None) -> QuerySet[Enrolment]:
    """Return a person's enrolments, the newest class first (我的班级); those of merged records are theirs too."""
    enrolments = Enrolment.objects.filter(person__in=records_of(person_id)).order_by(
        "-training_class__starts_on", "-pk"
    )
    return enrolments.select_related("training_class__course_version", "training_class__institution", "person")


def own_enrolment(actor: Actor, uid: UUID) -> Enrolment:
    """Return an own enrolment. Raises NotFoundError for any other (本人学籍)."""
    found = enrolments_of(actor.person_id).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到您的这个班级，请从“学习”中重新进入。", code="enrolment_not_found")
    return found


def own_enrolment_in(actor: Actor, class_uid: UUID) -> Enrolment:
    """Return the own enrolment in a class. Raises NotFoundError (本班学籍)."""
    found = enrolments_of(actor.person_id).filter(training_class__uid=class_uid).order_by("state", "pk").first()
    if found is None:
        raise NotFoundError("您不在这个班的学员名单中。如有疑问，请联系培训机构。", code="enrolment_not_found")
    return found


def enrolment_for(actor: Actor, uid: UUID) -> Enrolment:
    """Return an enrolment within the actor's reach: the own one, or of a class that one may see (学籍)."""
    related = ("training_class__course_version", "training_class__institution", "training_class__programme", "person")
    found = Enrolment.objects.filter(uid=uid).select_related(*related).first()
    if found is None or not (found.person.owner_id == actor.person_id or sees(actor, found.training_class_id)):
        raise NotFoundError("没有找到这名学员，可能不在您的管理范围内。", code="enrolment_not_found")
    return found


def sees(actor: Actor, class_id: int) -> bool:
    """Return whether a class lies within reach."""
    return TrainingClass.objects.filter(reach(actor), pk=class_id).exists()


def roster_of(training_class: TrainingClass) -> QuerySet[RosterRow]:
    """Return the roster in the order of the sheet (花名册)."""
    return training_class.roster.select_related("enrolment").order_by("row_number")


def roster_bars(rows: Collection[RosterRow]) -> dict[int, str]:
    """Return why people of a roster may not be enrolled today, by row; only those who are barred. Two queries."""
    return document_bars(
        {(row.document_type, row.document_index): row.pk for row in rows if not hasattr(row, "enrolment")}
    )


def document_bars(places: Mapping[tuple[str, str], int]) -> dict[int, str]:
    """Return why the holders of documents may not be enrolled today, by place; only who are barred. Three queries.

    `places`: by type and blind index of a document.
    """
    known = Person.objects.filter(document_index__in=[index for _, index in places])
    holders = {
        person: place
        for person, *document in known.values_list("pk", "document_type", "document_index")
        if (place := places.get((document[0], document[1])))
    }
    return {holders[person]: sentence for person, sentence in enrolment_bars(holders, clock.today()).items()}


def open_classes(day: date, *, course_uid: UUID | None = None) -> QuerySet[TrainingClass]:
    """Return the open classes that run on a day or later, of one course or of all, by first day (在办班级)."""
    related = ("institution", "programme", "course_version__course", "course_version__occupation")
    found = TrainingClass.objects.filter(state=TrainingClass.State.OPEN, ends_on__gte=day).select_related(*related)
    if course_uid is not None:
        found = found.filter(course_version__course__uid=course_uid)
    return found.order_by("starts_on", "pk")


def course_catalogue(filters: CatalogueFilters) -> CatalogueResult:
    """Return a page of the catalogue, knowing which courses have classes today and how many learn them (课程目录)."""
    return catalogue(filters, state=class_state(clock.today()), learners=learner_count())


def class_state(day: date) -> Case:
    """Return the expression that says of a course version which states of STATES its classes have, with spaces between."""
    classes = TrainingClass.objects.filter(
        state=TrainingClass.State.OPEN, ends_on__gte=day, course_version__course=OuterRef("course")
    )
    running, soon = Exists(classes.filter(starts_on__lte=day)), Exists(classes.filter(starts_on__gt=day))
    both = When(running & soon, then=Value("running soon"))
    return Case(both, When(soon, then=Value("soon")), When(running, then=Value("running")), default=Value("none"))


def learner_count() -> Coalesce:
    """Return the expression that counts who learned a course version's course, in all its classes."""
    of_course = Enrolment.objects.filter(training_class__course_version__course=OuterRef("course")).order_by()
    counted = of_course.values("training_class__course_version__course").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def open_class(uid: UUID, day: date) -> TrainingClass:
    """Return a class that is open to everybody's eyes. Raises NotFoundError for drafts, closed and unknown ones."""
    found = open_classes(day).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到在办的这个班级，可能还没有批准，或已经结束。", code="class_not_found")
    return found


def roster_row_for(training_class: TrainingClass, uid: UUID) -> RosterRow:
    """Return a row of this class's roster. Raises NotFoundError for any other (名册行)."""
    found = training_class.roster.filter(uid=uid).first()
    if found is None:
        raise NotFoundError("名册中没有这一行，可能已被移出。请刷新页面。", code="roster_row_not_found")
    return found


def decisions_of(training_class: TrainingClass) -> QuerySet[ClassDecision]:
    """Return the steps of a class's approval, the newest first (办理记录)."""
    return training_class.decisions.select_related("by__person").order_by("-at", "-pk")


def teachers_for(actor: Actor) -> QuerySet[User]:
    """Return the instructors of the actor's institutions, for choosing a class's teacher (可选教师)."""
    return teachers_of(actor.units(Role.INSTITUTION))


def teachers_of(institution_ids: Iterable[int]) -> QuerySet[User]:
    """Return the instructors of institutions, by account name."""
    teaching = User.objects.filter(grants__role=Role.INSTRUCTOR, grants__organisation_id__in=institution_ids)
    return teaching.select_related("person").distinct().order_by("username")


def lock_teachers(user_ids: Collection[int]) -> None:
    """Lock who teaches and who helps: two plans for one person at one time come one after another."""
    list(User.objects.select_for_update().filter(pk__in=sorted(user_ids)).order_by("pk").values_list("pk"))


def clash_of(user: User, starts_at: datetime, ends_at: datetime, *, but: UUID | None = None) -> str:
    """Return what else somebody teaches at a time, as a sentence, or nothing (教师时间冲突). `but`: what is being changed.

    Live lessons and practice come from one question, so that each timetable knows the others.
    """
    asks: list[Callable[[int, datetime, datetime], list[Appointment]]] = [import_string(name) for name in TIMETABLES]
    met = [one for ask in asks for one in ask(user.pk, starts_at, ends_at) if one.uid != but]
    if not met:
        return ""
    first = min(met, key=lambda one: one.starts_at)
    begin, end = clock.local(first.starts_at), clock.local(first.ends_at)
    return f"{user.called}在{begin:%m月%d日 %H:%M}至{end:%H:%M}已有{first.name}（{first.class_name}），请换一个时间或换人。"


def category_names() -> dict[str, str]:
    """Return the names of person categories by code, the newest name of each (人员类别)."""
    return dict(PersonCategory.objects.order_by("code", "valid_from").values_list("code", "name"))


def makers_of(training_class: TrainingClass) -> frozenset[int]:
    """Return the accounts that filed or ever submitted a class: none of them may decide it (填报人和提交人)."""
    submitted = training_class.decisions.filter(kind=ClassDecision.Kind.SUBMITTED).values_list("by_id", flat=True)
    return frozenset(user_id for user_id in (*submitted, training_class.filed_by_id) if user_id is not None)


def decision_obstacle(actor: Actor, training_class: TrainingClass) -> str:
    """Return in a sentence why this actor cannot decide this class; nothing when the actor can (不能审核的原因)."""
    if not is_permitted(actor, "classes.decide", training_class):
        return "您可以查看，审核由区办经办人或复核人办理。"
    if training_class.state != TrainingClass.State.SUBMITTED:
        return "班级不在待审核状态，请刷新页面查看最新状态。"
    if actor.user_id in makers_of(training_class):
        return "填报人和提交人不能审核自己的班级，请由另一位同事办理。"
    return ""


def waiting_classes(actor: Actor) -> QuerySet[TrainingClass]:
    """Return the classes that wait for a decision, the nearest first day first, each with `submitted_at` (待审核班级)."""
    submitted = ClassDecision.objects.filter(training_class=OuterRef("pk"), kind=ClassDecision.Kind.SUBMITTED)
    last = submitted.order_by("-at").values("at")[:1]
    waiting = classes_visible_to(actor).filter(state=TrainingClass.State.SUBMITTED)
    return waiting.annotate(submitted_at=Subquery(last)).order_by("starts_on", "pk")


def last_return(training_class: TrainingClass) -> ClassDecision | None:
    """Return why a class was sent back, while it is with the institution again (退回意见)."""
    if training_class.state != TrainingClass.State.RETURNED:
        return None
    return training_class.decisions.filter(kind=ClassDecision.Kind.RETURNED).order_by("-at").first()


def newer_versions(training_class: TrainingClass) -> QuerySet[CourseVersion]:
    """Return the versions of a class's course that are newer than its own, the newest first (可换版本)."""
    own = training_class.course_version
    return CourseVersion.objects.filter(course_id=own.course_id, number__gt=own.number).order_by("-number")


def open_upgrade(training_class: TrainingClass) -> VersionUpgrade | None:
    """Return the proposal that waits for a class, or none (待审核换版)."""
    waiting = training_class.upgrades.filter(state=VersionUpgrade.State.PROPOSED)
    return waiting.select_related("from_version", "to_version", "proposed_by__person").first()


def upgrades_of(training_class: TrainingClass) -> QuerySet[VersionUpgrade]:
    """Return all proposals of a class, the newest first (换版记录)."""
    related = ("from_version", "to_version", "proposed_by__person", "decided_by__person")
    return training_class.upgrades.select_related(*related).order_by("-pk")


def waiting_upgrades(actor: Actor) -> QuerySet[VersionUpgrade]:
    """Return the proposals within reach that wait for a decision, the oldest first (待审核换版)."""
    waiting = VersionUpgrade.objects.filter(
        state=VersionUpgrade.State.PROPOSED, training_class__in=classes_visible_to(actor).values("pk")
    )
    return waiting.select_related("training_class__institution", "from_version", "to_version").order_by(
        "proposed_at", "pk"
    )


def may_read_document(person_id: int | None, document_id: int) -> bool:
    """Return whether a person's class teaches a lesson that has this document (班级附件)."""
    having = {"training_class__course_version__lessons__documents__document_id": document_id}
    return person_id is not None and Enrolment.objects.filter(person__in=records_of(person_id), **having).exists()
