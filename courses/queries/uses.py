"""What still needs a film or a course package: released lessons, lessons as they stand, and what waits for review.

Older drafts do not count: nobody studies or reviews them, and they would hold a file for ever.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.module_loading import import_string
from wagtail.models import Revision

from courses.models import CoursePackage, CourseSubmission, LessonPage, LessonVersion, Video

USES: list[str] = []


def when_in_use(function: str) -> None:
    """Have `function(video)` asked for a sentence why a film may not be deleted, or an empty one."""
    if function not in USES:
        USES.append(function)


def use_of_video(video: Video) -> str:
    """Return why a video may not be deleted, or nothing (删除检查)."""
    if LessonVersion.objects.filter(Q(video=video) | Q(films__video=video)).exists():
        return "这个视频在已发布的课程里，学员的学时以它为据，不能删除。"
    shows = Q(content__video=video.pk)
    for end in (",", "}"):  # or film 12 would be found in the text with film 123
        shows |= Q(content__body__icontains=f'"film": {video.pk}{end}')
    if sentence := use_in_drafts("视频", Q(video=video), shows):
        return sentence
    return next((sentence for name in USES if (sentence := import_string(name)(video))), "")


def use_of_package(package: CoursePackage) -> str:
    """Return why a package may not be deleted, or nothing (删除检查)."""
    if LessonVersion.objects.filter(package=package).exists():
        return "这个课件包在已发布的课程里，学员的学时以它为据，不能删除。"
    return use_in_drafts("课件包", Q(package=package), Q(content__package=package.pk))


def use_in_drafts(noun: str, holds: Q, shows: Q) -> str:
    """Return which lesson needs a file, or nothing. `holds` asks pages, `shows` their revisions."""
    if lesson := lesson_of(Q(pk__in=waiting_revisions()) & shows):
        return (
            f"课时“{lesson.draft_title}”正在等待区办审核，用到了这个{noun}。请等审核结束，再在课时里换一个，然后删除。"
        )
    newest = Q(pk__in=LessonPage.objects.values("latest_revision"))
    lesson = LessonPage.objects.filter(holds).first() or lesson_of(newest & shows)
    return f"课时“{lesson.draft_title}”正在使用这个{noun}。请先在课时里换一个{noun}，再删除。" if lesson else ""


def waiting_revisions() -> list[int]:
    """Return the revisions that a reviewer is to decide on."""
    waiting = CourseSubmission.objects.filter(state=CourseSubmission.State.SUBMITTED)
    return [entry["revision"] for revisions in waiting.values_list("revisions", flat=True) for entry in revisions]


def lesson_of(revisions: Q) -> LessonPage | None:
    """Return the lesson of the first of some revisions."""
    pages = Revision.page_revisions.filter(revisions).values_list("object_id", flat=True)
    found: LessonPage | None = LessonPage.objects.filter(pk__in=[int(page) for page in pages]).first()
    return found
