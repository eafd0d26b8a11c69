"""Every address of the site, and a world of institution A to fill the places in them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from attendance.models import HoursEntry, StudySession
from courses.models import (
    CoursePackage,
    CoursePage,
    CourseSubmission,
    CourseTransfer,
    ReviewComment,
    Upload,
    Video,
)
from courses.services.review import note_revision, pages_of
from lms.access.rules import SYSTEM
from lms.anomalies.models import AnomalyCase, CaseStep
from lms.appeals.models import AppealStep, HoursAppeal
from lms.audit.services import record
from lms.catalogue.models import TrainingDemand
from lms.classes.models import Enrolment, RosterRow, TrainingClass
from lms.faces.models import FaceCheck, FaceExemption, FacePolicy
from lms.faces.rules import EXAMPLE_TERMS
from lms.filing.models import (
    Agreement,
    AgreementText,
    FiledOccupation,
    FiledPaper,
    Filing,
    FilingApplication,
    FilingStep,
)
from lms.kernel import clock
from lms.kernel.models import Job
from lms.kernel.sealing import blind_index
from lms.kernel.vault import put_file
from lms.notifications.models import Delivery, Notice
from lms.people.models import IdentityCase, PersonMerge, RoleRequest
from lms.people.services import keep_words
from lms.planning.models import StudyPolicy
from tests.cast import Cast, document_number
from tests.factories import make_class, make_course_version, make_enrolment, make_live, make_practice
from tests.questions import make_question, single

OWN = ("lms.", "courses.", "attendance.", "api.")
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
SECRET = "只有甲校知道的课"


@dataclass(frozen=True)
class Door:
    """One address: its route and its view."""

    route: str
    view: Any

    @property
    def open_to(self) -> frozenset[str] | None:
        return getattr(self.view, "open_to", None)

    @property
    def module(self) -> str:
        return getattr(getattr(self.view, "view_class", self.view), "__module__", "")

    @property
    def has_places(self) -> bool:
        return PLACE.search(self.route) is not None


def doors(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Door]:
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Door(route.replace("^", "").replace("$", "").replace("\\", ""), entry.callback)
        else:
            yield from doors(entry, route)


def own_doors() -> list[Door]:
    """Return our own views; allauth's stock doors and the JSON API are walked elsewhere."""
    return [door for door in doors() if door.module.startswith(OWN) and "_allauth" not in door.route]


def wagtail_doors() -> list[Door]:
    return [door for door in doors() if door.route.startswith("cms/") and door.module.startswith("wagtail")]


@dataclass
class World:
    """What belongs to A, and what fills which place of an address."""

    cast: Cast
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    def path(self, door: Door) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[2] or match[3]
            for prefix, values in self.values.items():
                if door.route.startswith(prefix) and name in values:
                    return values[name]
            return "1" if match[1] == "int" else "x"

        route = re.sub(r"\((?!\?P)[^)]*\)", "login", door.route)
        return "/" + PLACE.sub(fill, route)


def make_anomaly(cast: Cast) -> CaseStep:
    """Lay a case about 王芳, in which she and institution A are asked; return what she is asked."""
    case = AnomalyCase.objects.create(
        number="YC-2026-0001", subject="person", subject_key="person:1", person=cast.wang.person,
        institution=cast.institution_a, department=cast.department, state="asked",
    )  # fmt: skip
    for whom in ({"institution": cast.institution_a}, {"person": cast.wang.person}):
        asked = keep_words(SECRET, about=cast.wang.person)
        step = CaseStep.objects.create(case=case, kind="asked", due_on=date(2026, 12, 31), **whom, **asked)
    return step


def make_appeal(enrolment: Enrolment, cast: Cast) -> HoursAppeal:
    """Lay what a check withheld of 王芳's time, and her appeal."""
    lesson = enrolment.training_class.course_version.lessons.get(kind="video")
    session = StudySession.objects.create(
        person=enrolment.person, enrolment=enrolment, lesson=lesson, client="pc", nonce="x", open_key="x",
        opened_ms=clock.now_ms(),
    )  # fmt: skip
    entry = HoursEntry.objects.create(
        person=enrolment.person, enrolment=enrolment, session=session, lesson_uid=lesson.lesson_uid, day=clock.today(),
        ms=60_000, kind="withheld", check_no=1, tape_from=1, tape_to=1,
    )  # fmt: skip
    made = HoursAppeal.objects.create(entry=entry, enrolment=enrolment)
    kept = keep_words(SECRET, about=enrolment.person)
    AppealStep.objects.create(appeal=made, number=1, kind="filed", entry=entry, by=cast.wang, **kept)
    return made


def make_faces(cast: Cast) -> tuple[FaceCheck, FaceExemption]:
    """Lay a check of 王芳 that no machine decided, and her request for another way."""
    policy = FacePolicy.objects.create(
        version=1, effective_from=date(2026, 1, 1), source="示例", terms=EXAMPLE_TERMS.as_json()
    )
    check = FaceCheck.objects.create(
        person=cast.wang.person, policy=policy, purpose="start", capture="camera", outcome="unclear",
        threshold_permille=450, score_permille=400, model_id="示例", picture_hash="示例",
    )  # fmt: skip
    return check, FaceExemption.objects.create(
        person=cast.wang.person, reason="no_camera", **keep_words(SECRET, about=cast.wang.person)
    )


def make_filing(cast: Cast) -> tuple[FilingApplication, FiledPaper, FilingStep]:
    """Lay that institution A is filed, its draft of a change, and what the office proposed about it."""
    unit = cast.institution_a
    draft = FilingApplication.objects.create(organisation=unit, address=SECRET, created_by=cast.zhao)
    paper = FiledPaper.objects.create(
        application=draft, kind="licence", file_sha256="0" * 64,
        file=put_file(name="证.pdf", content=b"%PDF", purpose="测试用途", owner_id=cast.zhao.pk),
    )  # fmt: skip
    Filing.objects.create(organisation=unit, basis="示例", filed_on=date(2026, 1, 1))
    kept = keep_words(SECRET, about=None)
    step = FilingStep.objects.create(organisation=unit, number=1, kind="proposed", measure="warn", by=cast.sun, **kept)
    return draft, paper, step


def make_world(cast: Cast, root: Any) -> World:
    """Lay one of everything that belongs to institution A and to 王芳."""
    version = make_course_version(root, cast.institution_a, lessons=(("video", 60_000), ("quiz", 0)))
    looked, asked = make_faces(cast)
    training_class = make_class(version, cast.department, filed_by=cast.zhao)
    waiting = make_class(
        version, cast.department, state=TrainingClass.State.SUBMITTED, policy=None, frozen_terms=None, number=None
    )
    enrolment = make_enrolment(training_class, cast.wang.person)
    number = document_number(77)
    row = RosterRow.objects.create(
        training_class=waiting,
        row_number=1,
        name="李示",
        document_number=number,
        document_index=blind_index(number, "document"),
    )
    CoursePage.objects.filter(pk=version.course_id).update(title=SECRET, draft_title=SECRET)
    revisions = [note_revision(page) for page in pages_of(version.course)]
    submission = CourseSubmission.objects.create(course=version.course, submitted_by=cast.li, revisions=revisions)
    video = Video.objects.create(institution=cast.institution_a, title=SECRET, source_name="a.mp4", uploaded_by=cast.li)
    package = CoursePackage.objects.create(institution=cast.institution_a, title=SECRET, source_name="a.zip")
    upload = Upload.objects.create(institution=cast.institution_a, owner=cast.li, title=SECRET, name="a.mp4", length=9)
    question = make_question(cast.institution_a, cast.actor("li"), single(stem=SECRET))
    transfer = CourseTransfer.objects.create(
        kind=CourseTransfer.Kind.FOLDER, institution=cast.institution_a, course=version.course, name=f"{SECRET}.zip"
    )
    comment = ReviewComment.objects.create(submission=submission, part_uid=version.course.uid, text=SECRET, by=cast.sun)
    case = IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王芳")
    merge = PersonMerge.objects.create(
        survivor=cast.wang.person, absorbed=cast.lu.person, by=cast.sun, **keep_words(SECRET, about=cast.lu.person)
    )
    role_asked = RoleRequest.objects.create(
        user=cast.lu, role="enterprise", organisation=cast.enterprise, by=cast.sun, **keep_words(SECRET, about=None)
    )
    anomaly = make_anomaly(cast)
    appealed = make_appeal(enrolment, cast)
    draft, paper, step = make_filing(cast)
    text = AgreementText.objects.create(version=1, effective_from=date(2026, 1, 1), body=SECRET, source="示例")
    agreement = Agreement.objects.create(organisation=cast.institution_a, year=2025, text=text, signed_by=cast.zhao)
    filed = FiledOccupation.objects.create(application=draft, occupation=version.occupation, level=1)
    job = Job.objects.create(task="courses.tasks.transcode", owner=cast.li)
    demand = TrainingDemand.objects.create(
        year=2026, enterprise=cast.enterprise, occupation=version.occupation, level=1, headcount=3
    )
    practice = make_practice(training_class, cast.li)
    live = make_live(training_class, cast.li, title=SECRET)
    notice = Notice.objects.create(
        user=cast.wang, kind="class_closed", subject=training_class.uid, key="a", title="结班"
    )
    delivery = Delivery.objects.create(
        notice=notice, user=cast.wang, recipient=f"person:{cast.wang.person_id}", key="a", channel="sms",
        state="given_up", reason="exhausted", due_at=clock.now(),
    )  # fmt: skip
    deed = record(SYSTEM, "live.message_deleted", live, **keep_words(SECRET, about=cast.wang.person))
    kept = put_file(name="表.xlsx", content=b"x", purpose="测试用途", owner_id=cast.chen.pk)
    page = {"page_id": str(version.course_id), "pk": str(version.course_id), "parent_page_id": str(version.course_id)}
    return World(
        cast,
        {
            "cms/studio/packages/": {"uid": str(package.uid)},
            "cms/studio/videos/": {"uid": str(video.uid), "language": "zh-Hans"},
            "cms/studio/questions/": {"uid": str(question.uid)},
            "cms/studio/transfers/": {"uid": str(transfer.uid)},
            "cms/": page | {"page_to_move_id": str(version.course_id), "destination_id": str(version.course_id)},
            "courses/": {
                "uid": str(version.course.uid),
                "lesson_uid": str(version.lessons.get(kind="video").lesson_uid),
            },
            "catalogues/": {"slug": "shortage"},
            "enterprise/": {"uid": str(demand.uid)},
            "my/cases/": {"uid": str(anomaly.uid)},
            "my/appeals/": {"uid": str(appealed.uid), "entry_uid": str(appealed.entry.uid)},
            "office/appeals/": {"uid": str(appealed.uid)},
            "my/notices/": {"uid": str(notice.uid)},
            "my/practice/": {"uid": str(practice.uid), "way": "in", "token": "x"},
            "my/live/": {"uid": str(live.uid)},
            "my/": {"uid": str(enrolment.uid)},
            "learn/": {
                "class_uid": str(training_class.uid),
                "lesson_uid": str(version.lessons.get(kind="video").lesson_uid),
            },
            "uploads/": {"uid": str(upload.uid)},
            "jobs/": {"uid": str(job.uid)},
            "office/reviews/": {"uid": str(submission.uid), "comment_uid": str(comment.uid)},
            "office/course-versions/": {"uid": str(version.course.uid)},
            "office/identity-cases/": {"uid": str(case.uid)},
            "office/accounts/requests/": {"uid": str(role_asked.uid)},
            "office/accounts/roles/": {"uid": str(cast.li.grants.get().uid)},
            "office/person-merges/": {
                "uid": str(merge.uid),
                "survivor_uid": str(merge.survivor.uid),
                "absorbed_uid": str(merge.absorbed.uid),
            },
            "filing/applications/<uuid:uid>/add/": {"uid": str(draft.uid), "part": "papers"},
            "filing/applications/": {"uid": str(draft.uid), "part": "catalogue", "row": str(filed.uid)},
            "filing/papers/": {"uid": str(paper.uid)},
            "filing/reports/": {"uid": str(step.uid)},
            "filing/<uuid:uid>/agreements/": {"uid": str(cast.institution_a.uid), "year": "2026"},
            "filing/": {"uid": str(cast.institution_a.uid)},
            "office/institutions/steps/": {"uid": str(step.uid)},
            "office/institutions/filings/": {"uid": str(draft.uid)},
            "office/institutions/agreements/": {"uid": str(agreement.uid)},
            "office/institutions/": {"uid": str(cast.institution_a.uid)},
            "office/anomalies/": {"uid": str(anomaly.case.uid), "step_uid": str(anomaly.uid)},
            "institution/cases/": {"uid": str(anomaly.uid)},
            "office/faces/exemptions/": {"uid": str(asked.uid)},
            "office/faces/": {"uid": str(looked.uid)},
            "office/deliveries/": {"uid": str(delivery.uid)},
            "office/deeds/": {"uid": str(deed.uid)},
            "office/policies/": {"uid": str(StudyPolicy.objects.get(name="示例口径").uid)},
            "office/evidence/": {"uid": str(enrolment.uid)},
            "office/exports/": {"uid": str(kept.uid)},
            "institution/questions/": {"uid": str(question.uid)},
            "institution/classes/<uuid:uid>/practice/": {"uid": str(training_class.uid)},
            "institution/live/": {"uid": str(live.uid), "enrolment": str(enrolment.uid)},
            "institution/classes/": {"uid": str(waiting.uid), "row_uid": str(row.uid)},
            "institution/practice/": {"uid": str(practice.uid)},
            "institution/completion/": {"uid": str(training_class.uid)},
            "office/completion/": {"uid": str(training_class.uid)},
            "ledger/heads/": {"size": "1"},
            "office/classes/<uuid:uid>/evidence/": {"uid": str(training_class.uid)},
            "office/practice/": {"uid": str(practice.uid)},
            "office/classes/": {"uid": str(waiting.uid)},
            "office/live/": {"uid": str(live.uid), "enrolment": str(enrolment.uid)},
            "live/<uuid:uid>/": {"uid": str(live.uid), "deck": str(uuid.uuid4()), "page": "1"},
            "": {"uid": str(uuid.uuid4())},
        },
    )
