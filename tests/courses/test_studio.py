"""Wagtail's admin for institution staff: their own subtree and nothing of anybody else's (S1)."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from courses.middleware import OPEN
from courses.models import CourseSubmission, InstitutionPage, LessonPage, SectionPage, Video
from courses.queries.studio import deletion_refusal
from courses.services.review import release_course, submit_course
from courses.services.tree import collection_of
from lms.access.rules import Role
from tests.factories import make_course


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def course_a(cast, site_root):
    return make_course(site_root, cast.institution_a, title="甲机构的焊工课")


@pytest.fixture
def course_b(cast, site_root):
    return make_course(site_root, cast.institution_b, title="乙机构的电工课")


@pytest.fixture
def staff(client, cast, course_a, course_b):
    client.force_login(cast.li)
    return client


def lesson_of(course):
    return LessonPage.objects.descendant_of(course).first()


def newest(lesson):
    return LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object()


def video_of(institution, title="片", **fields):
    return Video.objects.create(institution=institution, title=title, source_name="a.mp4", **fields)


def picture_of(institution, title):
    return get_image_model().objects.create(
        title=title, file=get_test_image_file(), collection=collection_of(institution)
    )


def test_a_role_opens_the_studio(cast):
    assert cast.li.has_perm("wagtailadmin.access_admin")
    assert not cast.chen.has_perm("wagtailadmin.access_admin")
    page = InstitutionPage.objects.get(institution=cast.institution_a)
    rights = page.permissions_for_user(cast.li)
    assert (rights.can_add_subpage(), rights.can_publish(), rights.can_unpublish()) == (True, False, False)


def test_staff_work_in_their_own_tree(staff, course_a):
    assert staff.get(reverse("wagtailadmin_pages:edit", args=[course_a.pk])).status_code == 200
    assert staff.get(reverse("wagtailadmin_pages:edit", args=[lesson_of(course_a).pk])).status_code == 200
    assert "甲机构的焊工课" in staff.get(reverse("wagtailadmin_explore", args=[course_a.get_parent().pk])).text


PAGE_VIEWS = [
    "wagtailadmin_explore",
    "wagtailadmin_explore_results",
    "wagtailadmin_choose_page_child",
    "wagtailadmin_pages:edit",
    "wagtailadmin_pages:view_draft",
    "wagtailadmin_pages:history",
    "wagtailadmin_pages:delete",
    "wagtailadmin_pages:add_subpage",
    "wagtailadmin_pages:preview_on_edit",
    "wagtailadmin_pages:copy",
    "wagtailadmin_pages:move",
    "wagtailadmin_pages:usage",
    "wagtailadmin_pages:unpublish",
]


@pytest.mark.parametrize("name", PAGE_VIEWS)
def test_another_institution_s_pages_are_not_there(staff, course_b, name):
    for page in (course_b, lesson_of(course_b), course_b.get_parent(), course_b.get_parent().get_parent()):
        assert staff.get(reverse(name, args=[page.pk])).status_code == 404
        assert staff.post(reverse(name, args=[page.pk])).status_code == 404

    course_b.refresh_from_db()
    assert course_b.title == "乙机构的电工课"


@pytest.mark.parametrize(
    "address",
    [
        "wagtailadmin_home",
        "wagtailadmin_choose_page",
        "wagtailadmin_choose_page_search",
        "wagtailadmin_pages:search",
        "wagtailadmin_api:pages:listing",
        "wagtailimages:index",
        "wagtailimages_chooser:choose",
        "studio:videos",
    ],
)
def test_lists_show_nothing_of_another_institution(staff, cast, address, settings):
    settings.WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database.fallback"}}
    video_of(cast.institution_b, "乙机构的视频")
    picture_of(cast.institution_b, "乙机构的图片")

    answer = staff.get(reverse(address), {"q": "乙机构"} if "search" in address else {})

    assert answer.status_code == 200
    assert "乙机构的" not in answer.text


@pytest.mark.parametrize("name", ["wagtailimages:edit", "wagtailimages_chooser:chosen"])
def test_another_institution_s_pictures_are_not_there(staff, cast, name):
    picture = picture_of(cast.institution_b, "乙机构的图片")

    answer = staff.get(reverse(name, args=[picture.pk]), follow=True)

    assert "乙机构的图片" not in answer.text


@pytest.mark.parametrize("name", ["studio:video", "studio:video_state", "studio:video_retry"])
def test_another_institution_s_videos_are_not_there(staff, cast, name):
    video = video_of(cast.institution_b, state=Video.State.FAILED)

    assert staff.post(reverse(name, args=[video.uid])).status_code == 404
    video.refresh_from_db()
    assert video.state == Video.State.FAILED


def test_another_institution_s_course_is_not_submitted(staff, course_b):
    assert staff.post(reverse("studio:submit", args=[course_b.pk])).status_code == 404
    assert not CourseSubmission.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["users/", "groups/", "sites/", "reports/site-history/", "settings/", "collections/", "documents/", "account/",
     "workflows/list/", "tag-autocomplete/", "snippets/", "locales/", "bulk/wagtailcore/page/delete/"],
)  # fmt: skip
def test_the_rest_of_wagtail_is_not_there(staff, path):
    assert staff.get(f"/cms/{path}").status_code == 404


@pytest.mark.parametrize("who", ["wang", "lu", "sun", "chen", "zhou", "wu"])
def test_nobody_else_enters(client, cast, who):
    client.force_login(getattr(cast, who))

    assert client.get("/cms/").status_code == 403
    assert client.get(reverse("studio:videos")).status_code == 403


def test_every_open_name_exists():
    from django.urls import NoReverseMatch, get_resolver

    def names(resolver, spaces):
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                yield from names(entry, [*spaces, entry.namespace] if entry.namespace else spaces)
            elif entry.name:
                yield ":".join([*spaces, entry.name])

    assert set(names(get_resolver(), [])) >= OPEN, NoReverseMatch


def form_of(lesson, **fields):
    streams = {f"{name}-{key}": value for name in ("body", "quiz") for key, value in (("count", "0"),)}
    return {"title": lesson.title, "kind": "video", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
            **streams, **fields}  # fmt: skip


def test_a_lesson_takes_videos_of_its_own_institution_only(staff, cast, course_a):
    lesson = lesson_of(course_a)
    mine, theirs = video_of(cast.institution_a, "甲机构的视频"), video_of(cast.institution_b, "乙机构的视频")
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])

    page = staff.get(address).text
    assert "甲机构的视频" in page
    assert "乙机构的视频" not in page
    staff.post(address, form_of(lesson, video=theirs.pk))
    assert newest(lesson).video is None
    staff.post(address, form_of(lesson, video=mine.pk))
    assert newest(lesson).video == mine


def test_a_lesson_s_text_takes_pictures_of_its_own_institution_only(staff, cast, course_a):
    lesson = lesson_of(course_a)
    mine, theirs = picture_of(cast.institution_a, "甲机构的图片"), picture_of(cast.institution_b, "乙机构的图片")
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    block = {"body-count": "1", "body-0-type": "image", "body-0-order": "0", "body-0-deleted": "",
             "body-0-id": ""}  # fmt: skip

    staff.post(address, form_of(lesson, **block, **{"body-0-value": str(theirs.pk)}))
    assert not newest(lesson).body
    staff.post(address, form_of(lesson, **block, **{"body-0-value": str(mine.pk)}))
    assert newest(lesson).body[0].value == mine


def test_a_new_lesson_needs_no_address(staff, cast, course_a):
    section = SectionPage.objects.descendant_of(course_a).get()
    address = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", section.pk])

    answer = staff.post(address, form_of(LessonPage(title="认识焊机")))

    made = LessonPage.objects.get(title="认识焊机")
    assert (answer.status_code, made.slug.isascii(), made.live) == (302, True, False)


def test_staff_cannot_publish_by_a_forged_button(staff, course_a):
    lesson = lesson_of(course_a)
    LessonPage.objects.filter(pk=lesson.pk).update(live=False)

    staff.post(reverse("wagtailadmin_pages:edit", args=[lesson.pk]), form_of(lesson, **{"action-publish": "1"}))

    lesson.refresh_from_db()
    assert not lesson.live


@pytest.fixture
def released(cast, course_a):
    video = video_of(cast.institution_a, state=Video.State.READY, duration_ms=1000)
    lessons = list(LessonPage.objects.descendant_of(course_a))
    for lesson in lessons[1:]:
        lesson.delete()
    lessons[0].video = video
    lessons[0].save_revision()
    submission = submit_course(course=course_a, actor=cast.actor("li"))
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))


def test_what_was_released_is_not_deleted(client, cast, released):
    root = cast.wu
    root.is_superuser = True
    root.save()
    client.force_login(root)
    lesson = lesson_of(released.course)

    for page in (lesson, lesson.get_parent(), released.course, released.course.get_parent()):
        assert deletion_refusal(page).endswith("。")
        client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
        bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        client.post(f"{bulk}?id={page.pk}&next=/cms/")

    assert LessonPage.objects.filter(pk=lesson.pk).exists()
    assert released.lessons.count() == 1


def test_a_copy_keeps_its_own_uid_when_its_revision_is_published(course_a):
    lesson = lesson_of(course_a)
    lesson.save_revision()
    copy = lesson.copy(update_attrs={"slug": "copy", "title": "副本"})

    copy.get_latest_revision().publish()

    copy.refresh_from_db()
    assert copy.uid != lesson.uid


def test_a_taken_role_closes_the_studio(client, cast, course_a):
    from lms.access.models import Grant

    Grant.objects.filter(user=cast.li, role=Role.INSTRUCTOR).delete()
    client.force_login(cast.li)

    assert client.get("/cms/").status_code == 404


def test_editors_preview_their_draft(staff, course_a):
    lesson = LessonPage.objects.descendant_of(course_a).get(kind="article")
    lesson.body = [{"type": "warning", "value": "先断电，再检修。"}]
    lesson.save_revision()

    answer = staff.get(reverse("wagtailadmin_pages:view_draft", args=[lesson.pk]))

    assert answer.status_code == 200
    assert "先断电，再检修。" in answer.text


def test_a_live_page_sends_visitors_to_what_was_released(client, released):
    course = released.course
    lesson = lesson_of(course)
    request = RequestFactory().get("/")

    for page, address in (
        (lesson, reverse("course", args=[course.uid])),
        (course, reverse("course", args=[course.uid])),
        (course.get_parent().specific, f"{reverse('courses')}?institution={released.institution.uid}"),
    ):
        assert page.serve(request).url == address
