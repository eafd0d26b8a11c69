"""The demo district, built through the services (示例区). Everything asks first whether it is there already."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, time, timedelta
from io import StringIO

from courses.models import CourseVersion, ReviewChecklist
from courses.services.remarks import set_checklist
from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Actor
from lms.access.services import grant_role
from lms.classes.models import Enrolment, TrainingClass
from lms.classes.services import approve_class, file_class, import_roster, submit_class
from lms.demo import appeals, faces, filings, history, oddities, persons, practice, studio, wishes
from lms.demo.content import COURSES
from lms.kernel import clock
from lms.live.models import RoomPolicy
from lms.live.queries.sessions import lives_of_class
from lms.live.rules.lifecycle import OVER
from lms.live.rules.talking import RoomTerms
from lms.live.services import Plan, plan_live, publish_policy
from lms.organisations.models import Organisation
from lms.organisations.services import add_organisation
from lms.people.models import DocumentType, User
from lms.people.queries import current_consent
from lms.people.services import REAL_NAME, register_person, store_phone
from lms.planning.models import FundingCategory, Programme, StudyPolicy
from lms.planning.rules import StudyTerms
from lms.planning.services import add_policy_version, add_programme, load_reference

POLICY = "示例学时认定口径"
SOURCE = "示例口径，数字仅供演示，不是任何部门的规定"
TERMS = StudyTerms(check_kinds=("question",))  # asks what was just taught; a tap where a lesson has no question
ROOM_SOURCE = "示例口径，词和数字仅供演示，不是任何部门的规定"
CHECKLIST_SOURCE = "示例要点，仅供演示，不是任何部门的规定"
CHECKLIST = (
    "课程内容与所报职业（工种）、等级一致（示例）",
    "视频画面和声音清楚，没有广告和无关内容（示例）",
    "涉及危险作业的课时写明了安全提示（示例）",
    "测验题目与课程内容对应，答案正确（示例）",
    "参考时长与实际学习所需相符（示例）",
)
WEEKS = timedelta(days=24)
INSTITUTIONS = (persons.INSTITUTION_A, persons.INSTITUTION_B)
TEACHERS, REGISTRARS = ("jiangshi", "jiangshi2"), ("jigou", "jigou2")
MAKER, CHECKER = "jingban", "fuhe"
FILED = (
    (persons.INSTITUTION_A, "jigou"),
    (persons.INSTITUTION_B, "jigou2"),
    (persons.INSTITUTION_C, "jigou3"),
    (persons.INSTITUTION_D, "jigou4"),
    (persons.ENTERPRISE, "qiye"),
)
SUPERVISED = (persons.INSTITUTION_C, persons.INSTITUTION_D)
APPLYING = ((persons.INSTITUTION_E, "jigou5"), (persons.INSTITUTION_F, "jigou6"))
OPEN_CLASS, WAITING_CLASS = "焊工初级一班（示例）", "养老护理员初级一班（示例）"


def build(say: Callable[[str], object]) -> None:
    """Build what is missing (建立示例区): it took place during the last three and a half weeks."""
    say("Reference tables and staff …")
    load_reference()
    began = datetime.combine(clock.today() - WEEKS, time(9), tzinfo=clock.SHANGHAI)
    with clock.travel(began) as travel:
        build_staff()
        programme = build_programme()
        say("Courses: drawing slides, making films …")
        versions = [build_course(index) for index in range(len(COURSES))]
        filings.build_filed([(organisation(name), actor(login)) for name, login in FILED], actor(MAKER), actor(CHECKER))
        studio.build_package(organisation(persons.INSTITUTION_A), actor(TEACHERS[0]))
        travel.advance(hours=3)
        learners = [build_learner(learner) for learner in persons.LEARNERS]
        travel.advance(hours=20)
        held = build_open_class(programme, versions[0])
    say("Three weeks of study …")
    first_day = began + timedelta(days=2)
    enrolled = live(held, learners, first_day)
    practice.build(held, enrolled, first_day.date(), actor(TEACHERS[0]), actor(REGISTRARS[0]))
    yesterday = clock.today() - timedelta(days=1)
    with clock.travel(datetime.combine(yesterday, time(15, 20), tzinfo=clock.SHANGHAI)):
        filings.build_supervised([organisation(name) for name in SUPERVISED], actor(MAKER), actor(CHECKER))
        filings.build_waiting([(organisation(name), actor(login)) for name, login in APPLYING], actor(MAKER))
        build_waiting_class(programme, versions[2])
        build_checklist()
        wishes.build(learners, organisation(persons.ENTERPRISE))
        oddities.build(first_day.date(), actor(MAKER))
        appeals.build(held, actor(MAKER))
        faces.build(learners, began.date(), actor(MAKER), actor(CHECKER))
    build_live(held)


def organisation(name: str) -> Organisation:
    """Return one of the district's units."""
    kinds = {persons.OFFICE: Organisation.Kind.DEPARTMENT, persons.ENTERPRISE: Organisation.Kind.ENTERPRISE}
    kind = kinds.get(name, Organisation.Kind.INSTITUTION)
    return add_organisation(kind=kind, name=name, short_name=name.removesuffix("（示例）"), actor=SYSTEM)


def account(login: str) -> User:
    """Return an account that signs in with the demo's password."""
    user = User.objects.filter(username=login).first()
    if user is None:
        user = User(username=login)
        user.set_password(persons.PASSWORD)
        user.save()
    return user


def actor(login: str) -> Actor:
    """Return the actor behind a login."""
    return actor_for(User.objects.get(username=login))


def build_staff() -> None:
    """Make the staff of office and institutions (示例工作人员)."""
    for member in persons.STAFF:
        unit = organisation(member.organisation) if member.organisation else None
        user = account(member.login)
        if user.first_name != member.name:
            user.first_name = member.name
            user.save(update_fields=["first_name"])
        grant_role(user=user, role=member.role, organisation=unit, actor=SYSTEM)


def build_learner(learner: persons.Learner) -> User:
    """Make an account and give it its legal person, as a learner does it on the page (示例学员)."""
    user = account(learner.login)
    if not user.phone_verified:
        store_phone(user, learner.phone, verified=True)
    consent = current_consent(REAL_NAME)
    if user.person_id is None and consent is not None:
        register_person(
            user=user,
            name=learner.name,
            document_type=DocumentType.RESIDENT_ID,
            document_number=learner.document_number,
            consent_version=consent.version,
            actor=actor_for(user),
        )
    return user


def build_programme() -> Programme:
    """Return the programme under which the demo's classes are filed, with its policy."""
    maker, today = actor(MAKER), clock.today()
    if not StudyPolicy.objects.filter(name=POLICY).exists():
        add_policy_version(name=POLICY, terms=TERMS, effective_from=today, source=SOURCE, actor=maker)
    category = FundingCategory.objects.filter(code="F07").order_by("-valid_from")[0]
    return add_programme(
        code="SL-2026-01",
        name="就业技能培训（示例项目）",
        department=organisation(persons.OFFICE),
        category=category,
        policy_name=POLICY,
        starts_on=today,
        actor=maker,
    )


def build_course(index: int) -> CourseVersion:
    """Return one of the four courses, released."""
    text = COURSES[index]
    return studio.build_course(
        text,
        institution=organisation(INSTITUTIONS[text.institution]),
        teacher=actor(TEACHERS[text.institution]),
        reviewer=actor(CHECKER),
    )


def roster_of(learners: list[persons.Learner]) -> bytes:
    """Return a roster as an institution uploads it."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["姓名", "证件号码", "手机号"])
    writer.writerows([one.name, one.document_number, one.phone.removeprefix("+86")] for one in learners)
    return table.getvalue().encode("utf-8-sig")


def file_and_submit(
    name: str, programme: Programme, version: CourseVersion, index: int, learners: list[persons.Learner], starts_in: int
) -> TrainingClass:
    """Return a class that its institution filed, with its roster, and submitted. It starts in so many days."""
    registrar, starts_on = actor(REGISTRARS[index]), clock.today() + timedelta(days=starts_in)
    held = file_class(
        name=name,
        programme=programme,
        course_version=version,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=120),
        teacher=User.objects.get(username=TEACHERS[index]),
        actor=registrar,
    )
    import_roster(training_class=held, name="花名册.csv", content=roster_of(learners), actor=registrar)
    return submit_class(training_class=held, actor=registrar)


def build_open_class(programme: Programme, version: CourseVersion) -> TrainingClass:
    """Return the class that studies: filed, approved, learners enrolled."""
    known = TrainingClass.objects.filter(name=OPEN_CLASS).first()
    held = known or file_and_submit(OPEN_CLASS, programme, version, 0, persons.LEARNERS[:22], 0)
    if held.state == TrainingClass.State.SUBMITTED:
        held = approve_class(training_class=held, opinion="材料齐全，同意开班。（示例）", actor=actor(CHECKER))
    return held


def build_waiting_class(programme: Programme, version: CourseVersion) -> None:
    """Make the class that waits for the office."""
    if not TrainingClass.objects.filter(name=WAITING_CLASS).exists():
        file_and_submit(WAITING_CLASS, programme, version, 1, persons.LEARNERS[17:], 7)


def build_room_policy() -> None:
    """Publish the words and numbers of rooms, unless there are any (示例口径)."""
    if not RoomPolicy.objects.exists():
        terms = RoomTerms(words=("代学", "刷课", "代考"))
        publish_policy(terms=terms, effective_from=clock.today(), source=ROOM_SOURCE, actor=actor(MAKER))


def build_live(held: TrainingClass) -> None:
    """Plan a live lesson for tomorrow evening, unless the class has one that is to come (示例直播课)."""
    if lives_of_class(held).exclude(state__in=OVER).exists():
        return
    begin = datetime.combine(clock.today() + timedelta(days=1), time(19), tzinfo=clock.SHANGHAI)
    teacher = User.objects.get(username=TEACHERS[0])
    build_room_policy()
    plan = Plan("直播答疑：焊前检查的常见问题（示例）", begin, begin + timedelta(minutes=90), teacher)
    plan_live(training_class=held, plan=plan, actor=actor(REGISTRARS[0]))


def build_checklist() -> None:
    """Set what is checked before a release, unless it is set (示例审核要点)."""
    if not ReviewChecklist.objects.exists():
        set_checklist(items=CHECKLIST, effective_from=clock.today(), source=CHECKLIST_SOURCE, actor=actor(MAKER))


def live(held: TrainingClass, learners: list[User], first_day: datetime) -> list[Enrolment]:
    """Let the class's learners study; return their enrolments in the order of the roster."""
    enrolments = Enrolment.objects.filter(training_class=held).select_related("training_class", "person")
    by_person = {enrolment.person_id: enrolment for enrolment in enrolments}
    ordered = [by_person[user.person_id] for user in learners if user.person_id in by_person]
    history.live_through(ordered, first_day)
    return ordered
