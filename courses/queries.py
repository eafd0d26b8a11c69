"""Reads of content: released lessons, signed media, the public catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from wagtail.models import Page

from courses.models import (
    CoursePage,
    CourseSubmission,
    CourseVersion,
    InstitutionPage,
    LessonPage,
    LessonVersion,
    Subtitle,
    Video,
)
from courses.rules import search_words
from lms.access.rules import Actor, Role, require
from lms.catalogue.rules import LEVEL_NAMES, SkillLevel
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.zh import bigrams
from lms.organisations.models import Organisation

SALT = "courses.media"


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles of one language (字幕)."""

    language: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Media:
    """Signed addresses of a video that expire (播放地址)."""

    hls: str
    mp4: str
    poster: str
    subtitles: tuple[Track, ...]
    expires_at: datetime


def lessons_of(course_version_id: int) -> list[LessonVersion]:
    """Return the lessons of a released version in order."""
    return list(LessonVersion.objects.filter(course_version_id=course_version_id).select_related("video"))


def sign_media(video_uid: UUID, expires_ms: int) -> str:
    """Return the token that opens a video's files until then. It stands in the path, so relative addresses keep it."""
    return signing.dumps([video_uid.hex, expires_ms], salt=SALT, compress=False)


def open_media(token: str) -> Video:
    """Return the video of a token. Raises NotFoundError when it is forged or has expired."""
    try:
        video_hex, expires_ms = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFoundError("播放地址无效，请从课时页面重新打开。", code="media_forged") from error
    if expires_ms < clock.now_ms():
        raise NotFoundError("播放地址已过期，请刷新课时页面。", code="media_expired")
    video = Video.objects.filter(uid=UUID(hex=video_hex), state=Video.State.READY).first()
    if video is None:
        raise NotFoundError("视频还没有准备好，请稍后再试。", code="media_missing")
    return video


def media_of(video: Video | None, *, expires_ms: int) -> Media | None:
    """Return the addresses of a video, or nothing when there is none to play."""
    if video is None or video.state != Video.State.READY:
        return None
    token = sign_media(video.uid, expires_ms)

    def address(name: str) -> str:
        return reverse("video_file", args=[token, name])

    tracks = Subtitle.objects.filter(video=video).order_by("pk")
    return Media(
        hls=address("master.m3u8"),
        mp4=address("video.mp4"),
        poster=address("poster.jpg"),
        subtitles=tuple(Track(track.language, track.label, address(f"{track.uid}.vtt")) for track in tracks),
        expires_at=clock.from_ms(expires_ms),
    )


def media_for(lesson: LessonVersion, *, expires_ms: int) -> Media | None:
    """Return the addresses of a released lesson's video; nothing for articles and quizzes."""
    return media_of(lesson.video, expires_ms=expires_ms)


# --- the public catalogue -------------------------------------------------------------------------------------------

PER_PAGE = 12
FACETS = ("occupation", "level", "institution")


@dataclass(frozen=True, slots=True)
class CatalogueFilters:
    """What a visitor looks for (筛选条件); they stand in the address, so that it can be shared."""

    q: str = ""
    occupation: str = ""  # code
    level: str = ""  # rank
    institution: str = ""  # uid
    page: int = 1


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with the number of courses it would leave (分面)."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CatalogueResult:
    """A page of the catalogue (课程目录)."""

    rows: list[CourseVersion]
    facets: dict[str, list[FacetValue]]
    total: int
    page: int
    page_count: int
    filters: CatalogueFilters = field(default_factory=CatalogueFilters)


def newest_versions() -> QuerySet[CourseVersion]:
    """Return the newest released version of every course that is not taken down (在架课程)."""
    newest = CourseVersion.objects.order_by().values("course").annotate(last=Max("pk")).values("last")
    return CourseVersion.objects.filter(pk__in=newest, course__live=True)


def catalogue(filters: CatalogueFilters) -> CatalogueResult:
    """Return a page of released courses and the facets' counts. The number of queries does not depend on the rows."""
    found = searched(newest_versions(), filters.q)
    rows = narrowed(found, filters)
    total = rows.count()
    page_count = max(1, -(-total // PER_PAGE))
    page = min(max(1, filters.page), page_count)
    shown = rows.select_related("occupation", "trade", "institution", "course__cover").order_by("-released_at", "-pk")
    return CatalogueResult(
        rows=list(shown[(page - 1) * PER_PAGE : page * PER_PAGE]),
        facets={name: facet(name, found, filters) for name in FACETS},
        total=total,
        page=page,
        page_count=page_count,
        filters=filters,
    )


def searched(versions: QuerySet[CourseVersion], q: str) -> QuerySet[CourseVersion]:
    """Return the versions in which every word is found. Words are pairs of characters, as the index has them."""
    for word in search_words(q):
        for pair in bigrams(word).split():
            versions = versions.filter(words__contains=pair)
    return versions


def narrowed(versions: QuerySet[CourseVersion], filters: CatalogueFilters) -> QuerySet[CourseVersion]:
    """Return the versions that fit the chosen facets."""
    if filters.occupation:
        versions = versions.filter(occupation__code=filters.occupation)
    if filters.level.isdigit():
        versions = versions.filter(level=int(filters.level))
    if filters.institution:
        versions = versions.filter(institution__uid=as_uid(filters.institution))
    return versions


def as_uid(text: str) -> UUID:
    """Return a uid of an address, or one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def cleared(name: str) -> dict[str, Any]:
    """Return the change that forgets a facet's choice."""
    return {name: ""}


def facet(name: str, found: QuerySet[CourseVersion], filters: CatalogueFilters) -> list[FacetValue]:
    """Return a facet's values, counted under the other facets' choices."""
    others = narrowed(found, replace(filters, **cleared(name)))
    chosen = getattr(filters, name)
    columns = {
        "occupation": ("occupation__code", "occupation__name"),
        "level": ("level", "level"),
        "institution": ("institution__uid", "institution__short_name"),
    }[name]
    rows = others.order_by().values_list(*columns).annotate(Count("pk")).order_by(columns[0])
    return [
        FacetValue(
            str(value), LEVEL_NAMES[SkillLevel(label)] if name == "level" else label, count, str(value) == chosen
        )
        for value, label, count in rows
    ]


def course_card(uid: UUID) -> CourseVersion:
    """Return the newest version of a course by its uid, with its lessons. Raises NotFoundError (课程详情)."""
    related = ("occupation", "trade", "institution", "course__cover")
    found = (
        newest_versions().filter(course__uid=uid).select_related(*related).prefetch_related("lessons__video").first()
    )
    if found is None:
        raise NotFoundError("没有找到这门课程，可能已下架。可以在课程目录里看看其他课程。", code="course_not_found")
    return found


def total_length_ms(course_version_id: int) -> int:
    """Return the sum of the lessons' lengths (课程总时长)."""
    found = LessonVersion.objects.filter(course_version_id=course_version_id).aggregate(Sum("length_ms"))
    return found["length_ms__sum"] or 0


def released_versions_for(actor: Actor) -> QuerySet[CourseVersion]:
    """Return the newest versions of the actor's institutions, for filing a class (可开班的课程)."""
    mine = newest_versions().filter(institution_id__in=actor.units(Role.INSTITUTION))
    return mine.select_related("occupation").order_by("title")


# --- studio and review ----------------------------------------------------------------------------------------------


def studio_institutions(actor: Actor) -> list[Organisation]:
    """Return the institutions in whose studio the actor works (所在机构)."""
    return list(Organisation.objects.filter(pk__in=actor.units(Role.INSTRUCTOR, Role.INSTITUTION)))


def studio_paths(actor: Actor) -> list[str]:
    """Return the tree paths of the pages under which the actor works (机构页面范围)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return list(InstitutionPage.objects.filter(institution_id__in=units).values_list("path", flat=True))


def is_in_studio(actor: Actor, page_id: str) -> bool:
    """Return whether a page lies in the actor's studio."""
    path = Page.objects.filter(pk=page_id).values_list("path", flat=True).first() if page_id.isdigit() else None
    return path is not None and path.startswith(tuple(studio_paths(actor)))


def within_studio(pages: Any, actor: Actor) -> Any:
    """Return those pages of a queryset that lie in the actor's studio."""
    inside = Q(pk__in=[])
    for path in studio_paths(actor):
        inside |= Q(path__startswith=path)
    return pages.filter(inside)


def deletion_refusal(page: Page) -> str:
    """Return why a page may not be deleted, or nothing: what was released or waits for review stays (删除检查)."""
    below = Page.objects.descendant_of(page, inclusive=True)
    if CourseVersion.objects.filter(course__in=below.values("pk")).exists():
        return f"“{page.title}”含有已发布过的课程，学员的学时和成绩以它为据，不能删除。如不再开课，请联系区办下架。"
    uids = LessonPage.objects.filter(pk__in=below.values("pk")).values("uid")
    if LessonVersion.objects.filter(lesson_uid__in=uids).exists():
        return f"“{page.title}”含有已发布过的课时，不能删除。如内容有误，请修改后重新提交审核。"
    ids = set(below.values_list("pk", flat=True))
    waiting = CourseSubmission.objects.filter(state=CourseSubmission.State.SUBMITTED).values_list(
        "revisions", flat=True
    )
    if any(entry["page"] in ids for revisions in waiting for entry in revisions):
        return f"“{page.title}”正在等待区办审核，审核结束前不能删除。"
    if CourseSubmission.objects.filter(course__in=ids).exists():
        return f"“{page.title}”有过送审记录，需要留痕，不能删除。"
    return ""


def videos_visible_to(actor: Actor) -> QuerySet[Video]:
    """Return the videos of the actor's institutions, newest first."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return Video.objects.filter(institution_id__in=units).select_related("job", "institution").order_by("-pk")


def video_for(actor: Actor, uid: UUID) -> Video:
    """Return a video that the actor may see. Raises NotFoundError."""
    found = videos_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个视频，可能不属于您的机构。", code="video_not_found")
    return found


def course_for(actor: Actor, page_id: int) -> CoursePage:
    """Return a course page of the actor's institutions. Raises NotFoundError."""
    found: CoursePage | None = CoursePage.objects.filter(pk=page_id).first()
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    if found is None or found.get_parent().specific.institution_id not in units:
        raise NotFoundError("没有找到这门课程，可能不属于您的机构。", code="course_not_found")
    return found


def submissions_to_review(actor: Actor) -> QuerySet[CourseSubmission]:
    """Return submissions, those that wait first (课程送审)."""
    require(actor, "courses.review")
    return CourseSubmission.objects.select_related("course", "submitted_by", "decided_by").order_by(
        "-state", "-submitted_at"
    )


def submission_for(actor: Actor, uid: UUID) -> CourseSubmission:
    """Return a submission for the reviewer. Raises NotFoundError."""
    found = submissions_to_review(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这份送审。", code="submission_not_found")
    return found


def submitted_pages(submission: CourseSubmission) -> Iterable[object]:
    """Return the pages exactly as they were submitted, in the order of the tree (送审内容)."""
    from wagtail.models import Revision

    noted = [entry["revision"] for entry in submission.revisions]
    revisions = Revision.objects.in_bulk(noted)
    return [revisions[pk].as_object() for pk in noted]
