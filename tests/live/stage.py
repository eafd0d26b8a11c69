"""Lay tables and a stage in the environment's database and print it: python -m tests.live.stage COUNT|district|reader|…"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


# Quick beats; on a busy machine they come late, and whoever is asked something is looked at for long before it is answered.
BRISK: dict[str, Any] = {"beat_ms": 1_000, "check_answer_ms": 600_000}


def lay_tables() -> None:
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from wagtail.admin.models import Admin
    from wagtail.models import Locale, Page

    kind = ContentType.objects.get_for_model(Admin)
    Permission.objects.get_or_create(content_type=kind, codename="access_admin", defaults={"name": "admin"})
    Locale.objects.get_or_create(language_code="zh-hans")
    if Page.get_first_root_node() is None:
        Page.add_root(title="Root", slug="root")


def lay(count: int, kind: str = "video", **changes: Any) -> dict:
    """Lay tables and a class with a long lesson and learners who are signed in: for drills over HTTP and sockets."""
    lay_tables()
    return lay_class(count, kind, **changes)


def lay_class(count: int, kind: str = "video", **changes: Any) -> dict:
    """Lay a class with a long lesson and learners who are signed in, on tables that are there."""
    from wagtail.models import Page

    from lms.planning.rules import StudyTerms
    from tests.cast import make_cast, make_person, make_user
    from tests.factories import make_class, make_course_version, make_enrolment

    root = Page.get_first_root_node()
    cast = make_cast()
    version = make_course_version(root, cast.institution_a, lessons=((kind, 3_600_000),))
    free = dict.fromkeys(("check_min_ms", "check_max_ms", "window_from_minute", "window_to_minute"))
    terms = StudyTerms(**free | changes)
    training_class = make_class(version, cast.department, terms=terms)
    learners = []
    for n in range(count):
        user = make_user(f"learner{n}", make_person(f"学员{'甲乙丙丁戊己庚辛壬癸'[n % 10]}", 100 + 2 * n))
        enrolment = make_enrolment(training_class, user.person)
        learners.append({"token": signed_in(user), "person": user.person_id, "enrolment": str(enrolment.uid)})
    lesson = str(version.lessons.get().lesson_uid)
    return {"lesson": lesson, "training_class": str(training_class.uid), "learners": learners}


def signed_in(user) -> str:
    """Return the key of a new session of an account."""
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def lay_studio() -> dict:
    """Lay the cast, with the instructor signed in."""
    lay_tables()
    from tests.cast import make_cast

    return {"token": signed_in(make_cast().li)}


def lay_reader() -> dict:
    """Lay a learner with a text to read, quick beats and a quick check."""
    return lay(1, "article", **BRISK, check_min_ms=12_000, check_max_ms=12_000)


def lay_missed() -> dict:
    """Lay a learner with a text to read, a check soon, and seconds to answer it: whoever does not goes on."""
    quick = BRISK | {"check_answer_ms": 4_000, "check_rearms": 0}
    return lay(1, "article", **quick, check_min_ms=5_000, check_max_ms=5_000, failed_check="continue")


def lay_question() -> dict:
    """Lay a learner whose checks ask about what was just read: two questions of two kinds."""
    from tests.questions import popup

    stage = lay(
        1, "article", **BRISK, check_min_ms=5_000, check_max_ms=5_000, check_kinds=("question",), appeal_days=7,
    )  # fmt: skip
    from courses.models import LessonVersion

    asked = popup(500, "焊接前首先应当做什么？"), popup(900, "哪些是防护用品？", "multiple", rights=("面罩", "手套"))
    LessonVersion.objects.update(popups=list(asked))
    return stage


def lay_face(**changes: Any) -> dict:
    """Lay learners of a class that asks for the face before a text and in checks; all but the last have enrolled one."""
    stage = lay(
        3,
        "article",
        **BRISK,
        check_min_ms=5_000,
        check_max_ms=5_000,
        check_kinds=("face",),
        face_at_start=True,
        **changes,
    )
    from lms.access.queries import actor_for
    from lms.people.models import User
    from tests.faces import acting

    acting.lay_policy(actor_for(User.objects.get(username="sun")))
    for learner in User.objects.filter(username__in=["learner0", "learner1"]):
        acting.lay_face(learner.person, actor_for(learner))
    return stage


def lay_text() -> dict:
    """Lay two learners with a text to read, quick beats and no checks."""
    return lay(2, "article", **BRISK)


def lay_live_face() -> dict:
    """Lay a live lesson of a class that asks for faces; the first of two learners has enrolled one."""
    stage = lay_live(face_at_end=True)
    from lms.access.queries import actor_for
    from lms.people.models import User
    from tests.faces import acting

    acting.lay_policy(actor_for(User.objects.get(username="sun")))
    learner = User.objects.get(username="learner0")
    acting.lay_face(learner.person, actor_for(learner))
    return stage


def lay_live(**changes: Any) -> dict:
    """Lay a class with a live lesson that begins in ten minutes, whatever the hour; everybody is signed in."""
    more = {"live_replay": "makeup", "live_drop_seconds": 60, "live_silence_seconds": 120}
    stage = lay(2, "live", **BRISK, **more, **changes)
    from datetime import timedelta
    from uuid import UUID

    from lms.classes.models import TrainingClass
    from lms.kernel import clock
    from lms.live.models import RoomPolicy
    from lms.people.models import User
    from tests.factories import make_live

    patient = {"roll_call_seconds": 600, "voice_seconds": 5}  # the page is looked at while the roll is called
    RoomPolicy.objects.create(version=1, effective_from=clock.today(), source="示例", terms=patient)
    begins = clock.now() + timedelta(minutes=10)
    people = {name: User.objects.get(username=name) for name in ("li", "chen", "zhao")}
    lay_bank(people["li"])
    lay_document()
    live = make_live(
        TrainingClass.objects.get(), people["li"], title="焊前检查的常见问题", starts_at=begins,
        ends_at=begins + timedelta(hours=1), lesson_uid=UUID(stage["lesson"]),
    )  # fmt: skip
    return stage | {"live": str(live.uid), "staff": {name: signed_in(user) for name, user in people.items()}}


def lay_bank(teacher) -> None:
    """Lay questions that are marked at once in the bank of a teacher's institution."""
    from lms.access.queries import actor_for
    from lms.classes.models import TrainingClass
    from tests.questions import fill, make_question, multiple, single

    for make in (single, multiple, fill):
        make_question(TrainingClass.objects.get().institution, actor_for(teacher), make(explanation="见教材第二章。"))


def lay_document() -> None:
    """Lay a document in the collection of the class's institution."""
    from courses.services.tree import open_studio
    from lms.access.rules import SYSTEM
    from lms.classes.models import TrainingClass
    from tests.courses.test_documents import make_document

    institution = TrainingClass.objects.get().institution
    open_studio(institution=institution, actor=SYSTEM)
    make_document(institution, title="焊前检查表")


def lay_package() -> dict:
    """Lay learners with a short lesson that is a course package, and the studio that it comes from."""
    stage = lay(4, "scorm", **BRISK)
    from courses.models import CourseVersion
    from lms.people.models import User
    from tests.packages import package_lesson

    lesson = package_lesson(CourseVersion.objects.get())
    lesson.length_ms = 20_000
    lesson.save(update_fields=["length_ms"])
    return stage | {"package": str(lesson.package.uid), "studio": signed_in(User.objects.get(username="li"))}


def lay_film() -> dict:
    """Lay learners with a real film of two qualities, made by the pipeline."""
    stage = lay(4, "video", **BRISK)
    import tempfile
    from pathlib import Path

    from courses.models import CourseVersion, LessonVersion
    from courses.services.videos import upload_video
    from lms.access.queries import actor_for
    from lms.kernel import jobs
    from lms.people.models import User
    from tests.courses.media import make_video

    with tempfile.TemporaryDirectory() as folder:
        path = make_video(Path(folder) / "film.mkv", seconds=20, size="960x540", extra=("-q:v", "5", "-f", "matroska"))
        with path.open("rb") as handle:
            video = upload_video(
                institution=CourseVersion.objects.get().institution, title="焊前检查", file=handle, name=path.name,
                size=path.stat().st_size, actor=actor_for(User.objects.get(username="li")),
            )  # fmt: skip
    jobs.run(video.job.uid)
    video.refresh_from_db()
    LessonVersion.objects.update(video=video, length_ms=video.duration_ms)
    return stage


def lay_appeal() -> dict:
    """Lay yesterday's two missed checks of 王芳; she and the staff who decide are signed in."""
    lay_tables()
    from dataclasses import replace
    from datetime import timedelta

    from wagtail.models import Page

    from lms.kernel import clock
    from lms.planning.rules import StudyTerms
    from tests.appeals.stage import miss_check
    from tests.cast import make_cast
    from tests.factories import MINUTE, make_class, make_course_version, make_enrolment

    cast = make_cast()
    checked = {"check_min_ms": 60_000, "check_max_ms": 60_000, "check_rearms": 0, "lessons_in_order": False}
    films = (("video", 20 * MINUTE), ("video", 20 * MINUTE))
    morning = clock.now().astimezone(clock.SHANGHAI).replace(hour=9, minute=0) - timedelta(days=1)
    with clock.travel(morning) as traveller:
        version = make_course_version(Page.get_first_root_node(), cast.institution_a, lessons=films)
        training_class = make_class(version, cast.department, terms=replace(StudyTerms(), **checked))
        enrolment = make_enrolment(training_class, cast.wang.person)
        entry = miss_check(enrolment, cast.actor("wang"), traveller)
        traveller.advance(minutes=5)
        second = version.lessons.order_by("position")[1]
        miss_check(enrolment, cast.actor("wang"), traveller, lesson=second)
    tokens = {name: signed_in(getattr(cast, name)) for name in ("sun", "chen", "wang")}
    return {"enrolment": str(enrolment.uid), "entry": str(entry.uid), "tokens": tokens}


def lay_anomaly() -> dict:
    """Lay yesterday's study by a script and three people at one browser, found by the detectors; staff signed in."""
    lay_tables()
    from datetime import timedelta

    from wagtail.models import Page

    from lms.anomalies.models import AnomalyCase
    from lms.anomalies.services import detect
    from lms.kernel import clock
    from tests.anomalies.stage import lay_stage
    from tests.cast import make_cast, make_person

    cast = make_cast()
    morning = clock.now().astimezone(clock.SHANGHAI).replace(hour=9, minute=0) - timedelta(days=1)
    with clock.travel(morning) as traveller:
        stage = lay_stage(cast, Page.get_first_root_node(), traveller)
        stage.answer_evenly(cast.wang.person)
        traveller.advance(minutes=1)
        stage.share_device(cast.wang.person, make_person("陈二", 601), make_person("李三", 602))
        detect()
    case = AnomalyCase.objects.get(person=cast.wang.person)
    tokens = {name: signed_in(getattr(cast, name)) for name in ("sun", "chen", "zhou", "wang", "zhao")}
    return {"case": str(case.uid), "wang": cast.wang.person_id, "tokens": tokens}


def lay_filing() -> dict:
    """Lay an institution with a course, and a draft of its papers that lacks the catalogue; staff signed in."""
    lay_tables()
    from wagtail.models import Page

    from tests.cast import make_cast
    from tests.factories import make_course_version, make_programme
    from tests.filing.stage import filled

    cast = make_cast()
    version = make_course_version(Page.get_first_root_node(), cast.institution_a)
    make_programme(cast.department)
    held = filled(cast, cast.institution_a, cast.actor("zhao"))
    held.catalogue.all().delete()
    tokens = {name: signed_in(getattr(cast, name)) for name in ("zhao", "sun", "chen")}
    return {
        "tokens": tokens,
        "unit": str(cast.institution_a.uid),
        "application": str(held.uid),
        "occupation": str(version.occupation_id),
        "level": str(version.level),
    }


def lay_faces() -> dict:
    """Lay the cast in a district where faces may be looked at, by the embedded engine; all signed in."""
    lay_tables()
    from datetime import date

    from lms.faces import services
    from lms.planning.services import load_reference
    from tests.cast import make_cast
    from tests.faces.terms import TERMS

    load_reference()
    cast = make_cast()
    services.publish_policy(terms=TERMS, effective_from=date(2026, 1, 1), source="示例", actor=cast.actor("sun"))
    return {"tokens": {name: signed_in(getattr(cast, name)) for name in ("wang", "lu", "sun", "chen", "wu")}}


def lay_practice() -> dict:
    """Lay a class with a session at a place on 6 May, nine to eleven; it is the day before, ten o'clock."""
    lay_tables()
    from wagtail.models import Page

    from lms.kernel import clock
    from tests.cast import make_cast
    from tests.practice.stage import lay_workshop, moment

    cast = make_cast()
    with clock.travel(moment(10, day=5)) as traveller:
        workshop = lay_workshop(cast, Page.get_first_root_node(), traveller)
        others = [workshop.join(serial) for serial in (31, 33)]
    names = {"practice": str(workshop.session.uid), "training_class": str(workshop.training_class.uid)}
    return names | {"wang": str(workshop.wang.uid), "others": [str(one.uid) for one in others]} | turn_clock("10:00", 5)


def turn_clock(time: str, day: int = 6) -> dict:
    """Set the clock of servers that start from now on to a time of 6 May, and sign everybody in anew."""
    from lms.kernel import anchor, clock
    from lms.kernel.models import ClockAnchor
    from lms.people.models import User
    from tests.practice.stage import moment

    now = int(moment(*map(int, time.split(":")), day=day).timestamp() * 1000) - clock.boot_ms()
    boot = anchor.BOOT_ID.read_text("ascii").strip()
    ClockAnchor.objects.update_or_create(boot_id=boot, defaults={"anchor_ms": now})
    return {"tokens": {user.username: signed_in(user) for user in User.objects.filter(is_active=True)}}


def lay_district() -> dict:
    """Lay people, reference tables and a programme with quick checks: everything else is done in the browser."""
    lay_tables()
    from lms.planning.models import StudyPolicy
    from lms.planning.rules import StudyTerms
    from lms.planning.services import load_reference
    from tests.cast import make_cast
    from tests.factories import make_programme

    load_reference()
    cast = make_cast()
    for name, shown in (("li", "李老师"), ("zhao", "赵主任"), ("sun", "孙经办"), ("chen", "陈科长")):
        user = getattr(cast, name)
        user.first_name = shown
        user.save()
    make_programme(cast.department)
    quick = StudyTerms(
        **BRISK, check_min_ms=8_000, check_max_ms=10_000, window_from_minute=None, window_to_minute=None,
    )  # fmt: skip
    StudyPolicy.objects.filter(name="示例口径").update(terms=quick.as_json())
    from courses.models import InstitutionPage

    return {"institution_page": InstitutionPage.objects.get(institution=cast.institution_a).pk}


if __name__ == "__main__":
    import django

    django.setup()
    stages = {
        "anomaly": lay_anomaly,
        "appeal": lay_appeal,
        "district": lay_district,
        "faces": lay_faces,
        "filing": lay_filing,
        "film": lay_film,
        "live": lay_live,
        "live_face": lay_live_face,
        "package": lay_package,
        "face": lay_face,
        "face_file": lambda: lay_face(face_capture="file"),
        "missed": lay_missed,
        "practice": lay_practice,
        "reader": lay_reader,
        "question": lay_question,
        "studio": lay_studio,
        "text": lay_text,
    }
    if sys.argv[1] == "clock":
        print(json.dumps(turn_clock(sys.argv[2])))
        raise SystemExit
    print(json.dumps(stages[sys.argv[1]]() if sys.argv[1] in stages else lay(int(sys.argv[1]))))
