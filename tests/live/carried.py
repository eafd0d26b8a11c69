"""Lay a course that carries a film with a pop-up question, a quiz of the bank and a SCORM package: python -m tests.live.carried."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")

from tests.live.stage import lay_tables, signed_in


def lay_carried() -> dict:
    """Return the course of institution A, and an instructor of A and of B who are signed in."""
    lay_tables()
    from django.core.files.base import ContentFile, File
    from wagtail.models import Page

    from courses.services.authoring import add_course, add_lesson, add_section
    from courses.services.packages import upload_package
    from courses.services.videos import upload_video
    from lms.kernel import jobs
    from lms.kernel.models import Job
    from tests.cast import make_cast
    from tests.courses.media import make_video
    from tests.factories import make_occupation, make_tree
    from tests.packages import golden
    from tests.questions import case, fill, make_question, single

    cast = make_cast()
    for institution in (cast.institution_a, cast.institution_b):
        make_tree(Page.get_first_root_node(), institution)
    li = cast.actor("li")
    course = add_course(
        institution=cast.institution_a, actor=li, title="焊工安全", occupation=make_occupation(), level=1, class_hours=2,
        summary="先检查，再作业", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    with tempfile.TemporaryDirectory() as folder:
        path = make_video(Path(folder) / "film.mp4", seconds=12)
        with path.open("rb") as film:
            video = upload_video(
                institution=cast.institution_a, title="焊前检查", file=File(film), name="film.mp4",
                size=path.stat().st_size, actor=li,
            )  # fmt: skip
    package = upload_package(
        institution=cast.institution_a, title="课件", file=ContentFile(golden()), name="a.zip", size=len(golden()), actor=li
    )  # fmt: skip
    for job in Job.objects.order_by("pk"):
        jobs.run(job.uid)
    asked = [make_question(cast.institution_a, li, kind) for kind in (single(), fill(), case())]
    add_lesson(
        section=section,
        title="看片",
        kind="video",
        video=video,
        popups=[("popup", {"at": "0:05", "question": asked[0]})],
    )
    add_lesson(section=section, title="测一测", kind="quiz", quiz=[("bank", question) for question in asked])
    add_lesson(section=section, title="互动", kind="scorm", package=package)
    return {"course": course.pk, "li": signed_in(cast.li), "qian": signed_in(cast.qian)}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(lay_carried()))
