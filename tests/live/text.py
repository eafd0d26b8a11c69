"""A course whose text has no film yet, for journeys: python -m tests.live.text draft|class."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")

from tests.live.stage import BRISK, lay_tables, signed_in

VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n先检查焊机。\n\n00:00:05.000 --> 00:00:09.000\n再引弧。\n"
NAMES = ("焊前检查", "引弧示范")


def lay_draft() -> dict:
    """Lay two films that play, a draft with a text, and the staff who are signed in."""
    lay_tables()
    from courses.services.authoring import add_course, add_lesson, add_section
    from courses.services.subtitles import put_subtitle
    from courses.services.videos import upload_video
    from lms.kernel import jobs
    from tests.cast import make_cast
    from tests.courses.media import make_video
    from tests.factories import make_occupation

    cast = make_cast()
    li = cast.actor("li")
    with tempfile.TemporaryDirectory() as folder:
        path = make_video(Path(folder) / "film.mkv", seconds=20, size="960x540", extra=("-q:v", "5", "-f", "matroska"))
        for name in NAMES:
            with path.open("rb") as handle:
                video = upload_video(
                    institution=cast.institution_a, title=name, file=handle, name=path.name, size=path.stat().st_size,
                    actor=li,
                )  # fmt: skip
            jobs.run(video.job.uid)
            put_subtitle(video=video, webvtt=VTT, actor=li)
    course = add_course(
        institution=cast.institution_a, actor=li, title="焊工安全", occupation=make_occupation(), level=1, class_hours=1,
        summary="先检查，再作业", outcomes="能检查焊机",
    )  # fmt: skip
    body = [{"type": "paragraph", "value": "<p>先断电，再检查。</p>", "id": "p"}]
    lesson = add_lesson(
        section=add_section(course=course, title="第一章"), title="读文", kind="article", body=body, nominal_minutes=60,
        is_sample=True,
    )  # fmt: skip
    staff = {name: signed_in(getattr(cast, name)) for name in ("li", "chen")}
    return {"lesson": lesson.pk, "course": course.pk, **staff}


def lay_class() -> dict:
    """Lay a class of the released course with a learner who is signed in."""
    from courses.models import CourseVersion
    from lms.organisations.models import Organisation
    from lms.people.models import User
    from lms.planning.rules import StudyTerms
    from tests.factories import make_class, make_enrolment

    wang = User.objects.get(username="wangfang")
    wang.phone_sealed = "+8613900138000"
    wang.save()
    version = CourseVersion.objects.order_by("-pk")[0]
    free = dict.fromkeys(("check_min_ms", "check_max_ms", "window_from_minute", "window_to_minute"))
    terms = StudyTerms(**free, **BRISK)
    training_class = make_class(version, Organisation.objects.get(kind="department"), terms=terms)
    make_enrolment(training_class, wang.person)
    uid = version.lessons.get().lesson_uid
    return {
        "lesson": f"/learn/{training_class.uid}/{uid}/",
        "sample": f"/courses/{version.course.uid}/samples/{uid}/",
        "learner": signed_in(wang),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"draft": lay_draft, "class": lay_class}[sys.argv[1]]()))
