"""Lay a film with its text for journeys and print what they need: python -m tests.live.film."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")

from tests.live.stage import BRISK, lay_tables, signed_in


def lay_film() -> dict:
    """Lay a film with subtitles in two languages and a text behind it, an instructor and learners who are signed in.

    Who plays the film has it for himself: what one has learned, another finds unlearned. 路人's class lets films play faster
    and has quick checks: a tap first, then a question, once the film has come to it.
    """
    lay_tables()
    from dataclasses import replace

    from django.core.files.base import File
    from wagtail.models import Page

    from courses.models import LessonPage, LessonVersion
    from courses.queries.subtitles import newest_subtitles
    from courses.rules.subtitles import Cue, write_webvtt
    from courses.services.subtitles import put_subtitle
    from courses.services.videos import upload_video
    from lms.kernel import jobs
    from lms.planning.rules import StudyTerms
    from tests.cast import make_cast, make_person, make_user
    from tests.courses.media import make_video
    from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
    from tests.questions import popup

    cast = make_cast()
    cast.wang.phone_sealed = "+8613900138000"
    cast.wang.save()
    with tempfile.TemporaryDirectory() as folder, make_video(Path(folder) / "film.mp4", seconds=40).open("rb") as film:
        video = upload_video(
            institution=cast.institution_a, title="焊前检查", file=File(film), name="film.mp4",
            size=(Path(folder) / "film.mp4").stat().st_size, actor=cast.actor("li"),
        )  # fmt: skip
    jobs.run(video.job.uid)
    video.refresh_from_db()
    said = [
        Cue(at * 2000, at * 2000 + 1900, f"第{at}句，{'检查焊机' if at % 5 == 0 else '继续作业'}。") for at in range(20)
    ]
    put_subtitle(video=video, webvtt=write_webvtt(said), actor=cast.actor("li"))
    english = [Cue(cue.start_ms, cue.end_ms, f"Sentence {n}") for n, cue in enumerate(said)]
    put_subtitle(video=video, webvtt=write_webvtt(english), language="en", actor=cast.actor("li"))
    version = make_course_version(
        Page.get_first_root_node(), cast.institution_a, lessons=(("video", video.duration_ms), ("article", MINUTE))
    )
    shown = version.lessons.get(position=1)
    tracks = newest_subtitles([video.pk])[video.pk]
    named = [
        {"uid": str(one.uid), "language": one.language, "label": one.label, "digest": one.digest} for one in tracks
    ]
    asked = [popup(8_000, "焊接前首先应当做什么？")]
    LessonVersion.objects.filter(pk=shown.pk).update(video=video, subtitles=named, check_questions=asked)
    free_page = LessonPage.objects.filter(kind="video").first()
    LessonPage.objects.filter(pk=free_page.pk).update(uid=shown.lesson_uid, is_sample=True)
    free = dict.fromkeys(("check_min_ms", "check_max_ms", "window_from_minute", "window_to_minute"))
    terms = StudyTerms(**free, **BRISK)
    training_class = make_class(version, cast.department, terms=terms)
    make_enrolment(training_class, cast.wang.person)
    more = {name: make_user(name, make_person("学员甲", 100 + n)) for n, name in enumerate(("PC", "phone", "mover"))}
    for user in more.values():
        make_enrolment(training_class, user.person)
    quick = replace(
        terms,
        check_min_ms=6_000,
        check_max_ms=6_000,
        check_kinds=("question",),
        lessons_in_order=False,
        max_rate_percent=150,
    )
    checked = make_class(version, cast.department, terms=quick)
    make_enrolment(checked, cast.lu.person)
    lesson = f"/learn/{training_class.uid}/{shown.lesson_uid}/"
    return {
        "lesson": lesson,
        "checked": f"/learn/{checked.uid}/{shown.lesson_uid}/",
        "sample": f"/courses/{version.course.uid}/samples/{shown.lesson_uid}/",
        "course": f"/courses/{version.course.uid}/",
        "video": str(video.uid),
        "learner": signed_in(cast.wang),
        **{name: signed_in(user) for name, user in more.items()},
        "other": signed_in(cast.lu),
        "instructor": signed_in(cast.li),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(lay_film()))
