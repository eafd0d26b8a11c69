"""Lay tables and a stage in the environment's database and print it: python -m tests.live.stage COUNT|district|reader|…"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


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


def lay(count: int, kind: str = "video", **changes: int | None) -> dict:
    """Lay a class with a long lesson and learners who are signed in: for drills over HTTP and sockets."""
    lay_tables()
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
    return lay(1, "article", beat_ms=1_000, slack_ms=1_000, check_min_ms=12_000, check_max_ms=12_000)


def lay_package() -> dict:
    """Lay a learner with a short lesson that is a course package, and the studio that it comes from."""
    stage = lay(1, "scorm", beat_ms=1_000, slack_ms=1_000)
    from courses.models import CourseVersion
    from lms.people.models import User
    from tests.packages import package_lesson

    lesson = package_lesson(CourseVersion.objects.get())
    lesson.length_ms = 5_000
    lesson.save(update_fields=["length_ms"])
    return stage | {"package": str(lesson.package.uid), "studio": signed_in(User.objects.get(username="li"))}


def lay_film() -> dict:
    """Lay a learner with a real film of two qualities, made by the pipeline."""
    stage = lay(1, "video", beat_ms=1_000, slack_ms=1_000)
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
        beat_ms=1_000, lease_ms=15_000, slack_ms=3_000, check_min_ms=8_000, check_max_ms=10_000, check_answer_ms=20_000,
        window_from_minute=None, window_to_minute=None,
    )  # fmt: skip
    StudyPolicy.objects.filter(name="示例口径").update(terms=quick.as_json())
    from courses.models import InstitutionPage

    return {"institution_page": InstitutionPage.objects.get(institution=cast.institution_a).pk}


if __name__ == "__main__":
    import django

    django.setup()
    stages = {
        "district": lay_district,
        "film": lay_film,
        "package": lay_package,
        "reader": lay_reader,
        "studio": lay_studio,
    }
    print(json.dumps(stages[sys.argv[1]]() if sys.argv[1] in stages else lay(int(sys.argv[1]))))
