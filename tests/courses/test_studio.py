"""Wagtail's admin for institution staff: their own subtree and nothing of anybody else's (S1)."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from courses.middleware import OPEN
from courses.models import CoursePage, CourseSubmission, InstitutionPage, LessonPage, SectionPage, Video
from courses.queries.outline import outline_of
from courses.queries.studio import deletion_refusal
from courses.services.authoring import add_lesson
from courses.services.review import pages_of, release_course, return_course, submit_course
from courses.services.tree import collection_of
from courses.services.videos import delete_video
from lms.access.rules import Role
from lms.catalogue.models import Trade
from tests.factories import make_course, make_occupation


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

    theirs = staff.get(reverse(name, args=[picture.pk]), follow=True)
    nobodys = staff.get(reverse(name, args=[picture.pk + 1]), follow=True)

    assert "乙机构的图片" not in theirs.text
    assert (theirs.status_code, nobodys.status_code) == (404, 404)  # nobody learns which numbers exist


def test_the_own_page_of_an_account_is_ours(staff):
    answer = staff.get("/cms/account/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/security/")


@pytest.mark.parametrize(
    "name", ["studio:video", "studio:video_state", "studio:video_retry", "studio:video_delete", "studio:subtitles"]
)
def test_another_institution_s_videos_are_not_there(staff, cast, name):
    video = video_of(cast.institution_b, state=Video.State.FAILED)

    assert staff.post(reverse(name, args=[video.uid])).status_code == 404
    video.refresh_from_db()
    assert video.state == Video.State.FAILED


def test_another_institution_s_course_is_not_submitted(staff, course_b):
    assert staff.post(reverse("studio:submit", args=[course_b.pk])).status_code == 404
    assert staff.post(reverse("studio:outline", args=[course_b.pk])).status_code == 404
    assert not CourseSubmission.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["users/", "groups/", "sites/", "reports/site-history/", "settings/", "collections/", "documents/",
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


STREAMS = ("body", "quiz", "popups", "check_questions")


def form_of(lesson, **fields):
    streams = {f"{name}-{key}": value for name in STREAMS for key, value in (("count", "0"),)}
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


# --- the editor offers what works, and nothing else ------------------------------------------------------------------


def test_the_editor_submits_nothing_past_the_office(staff, course_a):
    page = staff.get(reverse("wagtailadmin_pages:edit", args=[lesson_of(course_a).pk]))

    assert 'name="action-submit"' not in page.text
    assert reverse("studio:submit", args=[course_a.pk]) in page.text


def test_no_menu_leads_to_a_closed_door(staff, course_a):
    lesson = lesson_of(course_a)
    page = staff.get(reverse("wagtailadmin_explore", args=[lesson.get_parent().pk])).text

    for name in ("move", "copy", "unpublish"):
        assert reverse(f"wagtailadmin_pages:{name}", args=[lesson.pk]) not in page


def test_lessons_stand_in_the_order_of_the_course(staff, course_a):
    section = SectionPage.objects.descendant_of(course_a).get()
    section.get_children().last().specific.save_revision()  # edited last

    page = staff.get(reverse("wagtailadmin_explore", args=[section.pk])).text

    assert page.index("第1课") < page.index("第2课") < page.index("第3课")


def test_titles_target_no_field_that_is_not_there(staff, course_a):
    for page in (course_a, lesson_of(course_a), lesson_of(course_a).get_parent()):
        assert "w-sync" not in staff.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text


@pytest.mark.parametrize("state", [Video.State.REFUSED, Video.State.FAILED])
def test_a_bad_video_is_shown_with_its_reason_and_not_chosen_anew(staff, cast, course_a, state):
    lesson = lesson_of(course_a)
    bad = video_of(cast.institution_a, "坏片", state=state, error="文件里没有画面。")
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])

    refused = staff.post(address, form_of(lesson, video=bad.pk))
    assert "这个视频不能用：文件里没有画面。" in refused.text
    assert newest(lesson).video is None
    lesson.video = bad
    lesson.save_revision()
    page = staff.get(address).text

    assert "文件里没有画面。" in page
    assert reverse("studio:video", args=[bad.uid]) in page


def test_a_lesson_shows_how_far_its_video_is(staff, cast, course_a):
    lesson = lesson_of(course_a)
    lesson.video = video_of(cast.institution_a, state=Video.State.PROCESSING)
    lesson.save_revision()

    page = staff.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).text

    assert reverse("studio:video_state", args=[lesson.video.uid]) in page
    assert "data-stay" in page


def course_form(course, **changes):
    return {
        "title": course.title, "summary": course.summary, "occupation": course.occupation_id, "trade": "", "level": "1",
        "class_hours": "2", "outcomes": course.outcomes, "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"class_hours": "-3"}, "学时应大于0", id="less than no hours"),
        pytest.param({"class_hours": "0"}, "学时应大于0", id="no hours"),
        pytest.param({"trade": "elsewhere"}, "这个工种不属于所选的职业", id="a trade of another occupation"),
    ],
)
def test_a_course_that_makes_no_sense_is_refused_at_its_field(staff, course_a, changes, sentence):
    other = Trade.objects.create(occupation=make_occupation("4-10-01-02", "婴幼儿发展引导员"), name="母婴护理员")
    changes = {name: other.pk if value == "elsewhere" else value for name, value in changes.items()}
    address = reverse("wagtailadmin_pages:edit", args=[course_a.pk])

    answer = staff.post(address, course_form(course_a, **changes))

    assert sentence in answer.text
    assert CoursePage.objects.get(pk=course_a.pk).get_latest_revision_as_object().class_hours == 2


# --- the outline -----------------------------------------------------------------------------------------------------


def titles(course):
    return [part.title for part in outline_of(course)]


def change(client, course, part, step):
    return client.post(reverse("studio:outline", args=[course.pk]), {"part": part.pk, "step": step}, follow=True)


def test_lessons_are_moved_by_buttons_and_stop_at_the_ends(staff, course_a):
    first = lesson_of(course_a)

    change(staff, course_a, first, "up")
    assert titles(course_a)[1:] == ["第1课", "第2课", "第3课"]
    change(staff, course_a, first, "down")
    assert titles(course_a)[1:] == ["第2课", "第1课", "第3课"]
    for _ in range(3):
        change(staff, course_a, first, "down")
    assert titles(course_a)[1:] == ["第2课", "第3课", "第1课"]


def test_a_step_that_nobody_knows_changes_nothing(staff, course_a):
    lesson = lesson_of(course_a)
    change(staff, course_a, lesson, "withdraw")

    answer = change(staff, course_a, lesson, "sideways")

    assert "没有看懂要怎样调整" in answer.text
    lesson.refresh_from_db()
    assert lesson.is_withdrawn


def test_reading_a_course_costs_the_same_for_many_lessons(course_a):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            pages_of(course_a)
        return len(queries)

    section = SectionPage.objects.descendant_of(course_a).get()
    section.add_child(instance=LessonPage(title="课", slug="more", kind="video"))
    few = cost()
    for number in range(45):
        section.add_child(instance=LessonPage(title=f"课{number}", slug=f"more-{number}", kind="video"))

    assert len(pages_of(course_a)) == 51
    assert cost() == few


def test_parts_of_other_courses_are_not_touched(staff, course_a, course_b):
    theirs = lesson_of(course_b)

    answer = change(staff, course_a, theirs, "withdraw")

    assert "没有这一章或这一课" in answer.text
    theirs.refresh_from_db()
    assert not theirs.is_withdrawn


def test_the_outline_costs_the_same_for_many(staff, course_a):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            outline_of(course_a)
        return len(queries)

    section = SectionPage.objects.descendant_of(course_a).get()
    few = cost()
    for number in range(47):
        section.add_child(instance=LessonPage(title=f"课{number}", slug=f"many-{number}", kind="video"))

    assert len(outline_of(course_a)) == 51
    assert cost() == few


def test_what_is_taken_out_leaves_the_next_version_and_no_released_one(staff, cast, released):
    course, kept = released.course, lesson_of(released.course)
    added = add_lesson(section=kept.get_parent().specific, title="新课", kind="video", video=kept.video)

    change(staff, course, kept, "withdraw")
    submission = submit_course(course=course, actor=cast.actor("li"))
    second = release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))

    assert [lesson.lesson_uid for lesson in released.lessons.all()] == [kept.uid]
    assert [lesson.lesson_uid for lesson in second.lessons.all()] == [added.uid]
    change(staff, course, kept, "restore")
    third = submit_course(course=course, actor=cast.actor("li"))
    assert [entry["page"] for entry in third.revisions][-2:] == [kept.pk, added.pk]


def test_publishing_an_old_revision_does_not_take_a_part_back_in(released):
    lesson = lesson_of(released.course)
    lesson.is_withdrawn = True
    lesson.save(update_fields=["is_withdrawn"])

    lesson.get_latest_revision().publish()

    lesson.refresh_from_db()
    assert lesson.is_withdrawn


def test_nothing_is_taken_out_while_the_office_reviews(staff, cast, released):
    course, lesson = released.course, lesson_of(released.course)
    lesson.title = "新标题"
    lesson.save_revision()
    submit_course(course=course, actor=cast.actor("li"))

    answer = change(staff, course, lesson, "withdraw")

    assert "正在等待区办审核" in answer.text
    lesson.refresh_from_db()
    assert not lesson.is_withdrawn


# --- the instructor is told ------------------------------------------------------------------------------------------


def test_a_returned_course_says_why_wherever_it_is_edited(staff, cast, released):
    course, lesson = released.course, lesson_of(released.course)
    lesson.save_revision(changed=False)
    submission = submit_course(course=course, actor=cast.actor("li"))
    return_course(submission=submission, opinion="第一课没有字幕", actor=cast.actor("chen"))

    for address in (
        reverse("wagtailadmin_pages:edit", args=[course.pk]),
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]),
        reverse("studio:submit", args=[course.pk]),
    ):
        assert "第一课没有字幕" in staff.get(address).text


def test_nothing_new_is_not_submitted_again(staff, cast, released):
    page = staff.get(reverse("studio:submit", args=[released.course.pk])).text
    assert "没有任何修改" in page
    assert "提交整门课程</button>" not in page

    staff.post(reverse("studio:submit", args=[released.course.pk]))

    assert CourseSubmission.objects.filter(course=released.course).count() == 1


def test_while_the_office_reviews_nothing_is_offered_to_submit(staff, cast, released):
    lesson_of(released.course).save_revision()
    submit_course(course=released.course, actor=cast.actor("li"))

    page = staff.get(reverse("studio:submit", args=[released.course.pk])).text

    assert "正在等待区办审核" in page
    assert "提交整门课程</button>" not in page


# --- videos ----------------------------------------------------------------------------------------------------------


def test_a_bad_subtitle_keeps_the_video_out_too(staff, cast):
    files = {"file": ContentFile(b"x" * 100, "a.mp4"), "webvtt": ContentFile(b"no subtitle", "a.vtt")}

    answer = staff.post(
        reverse("studio:video_new"), {"institution": cast.institution_a.pk, "title": "焊前检查", **files}
    )

    assert "第1行：这一行应是时间" in answer.text
    assert not Video.objects.exists()


def test_a_title_is_changed_later_and_never_to_nothing(staff, cast):
    video = video_of(cast.institution_a, "旧名", state=Video.State.READY)
    address = reverse("studio:video", args=[video.uid])

    wrong = staff.post(address, {"title": " "})
    video.refresh_from_db()
    assert (wrong.status_code, video.title) == (422, "旧名")
    staff.post(address, {"title": "新名"})

    video.refresh_from_db()
    assert video.title == "新名"


@pytest.mark.parametrize(
    ("use", "kept"),
    [
        ("nowhere", False),
        ("a draft", True),
        ("an older draft", False),
        ("a submission that waits", True),
        ("a submission that was returned", False),
        ("a released version", True),
    ],
)
def test_only_a_video_that_nothing_needs_is_deleted(
    staff, cast, course_a, use, kept, django_capture_on_commit_callbacks
):
    lesson = lesson_of(course_a)
    video = video_of(cast.institution_a, state=Video.State.READY, duration_ms=1000)
    video.source_path = storages["private"].save("videos/x/source", ContentFile(b"x"))
    video.save()
    if use != "nowhere":
        lesson.video = video
        lesson.save_revision()
    if "submission" in use or "released" in use:
        LessonPage.objects.descendant_of(course_a).exclude(pk=lesson.pk).delete()
    if "submission" in use:
        submission = submit_course(course=course_a, actor=cast.actor("li"))
    if use == "a submission that was returned":
        return_course(submission=submission, opinion="请再改一改。", actor=cast.actor("chen"))
    if "older" in use or "submission" in use:
        lesson.video = None
        lesson.save_revision()
    if use == "a released version":
        release_course(
            submission=submit_course(course=course_a, actor=cast.actor("li")), opinion="", actor=cast.actor("chen")
        )

    with django_capture_on_commit_callbacks(execute=True):
        staff.post(reverse("studio:video_delete", args=[video.uid]))

    assert Video.objects.filter(pk=video.pk).exists() == kept
    assert storages["private"].exists(video.source_path) == kept


def test_a_video_that_waits_for_review_says_so(staff, cast, course_a):
    lesson = lesson_of(course_a)
    video = video_of(cast.institution_a, state=Video.State.READY, duration_ms=1000)
    lesson.video = video
    lesson.save_revision()
    LessonPage.objects.descendant_of(course_a).exclude(pk=lesson.pk).delete()
    submit_course(course=course_a, actor=cast.actor("li"))

    page = staff.get(reverse("studio:video", args=[video.uid])).text

    assert f"课时“{lesson.title}”正在等待区办审核，用到了这个视频。请等审核结束，再在课时里换一个，然后删除。" in page


@pytest.mark.parametrize("door", ["view", "revert", "compare"])
def test_an_older_draft_outlives_its_video(staff, cast, course_a, door):
    lesson = lesson_of(course_a)
    lesson.video = video_of(cast.institution_a, state=Video.State.READY, duration_ms=1000)
    older = lesson.save_revision()
    video, lesson.video = lesson.video, None
    newest = lesson.save_revision()
    delete_video(video=video, actor=cast.actor("li"))
    addresses = {
        "view": reverse("wagtailadmin_pages:revisions_view", args=[lesson.pk, older.pk]),
        "revert": reverse("wagtailadmin_pages:revisions_revert", args=[lesson.pk, older.pk]),
        "compare": reverse("wagtailadmin_pages:revisions_compare", args=[lesson.pk, older.pk, newest.pk]),
    }

    assert staff.get(addresses[door]).status_code == 200


@pytest.mark.parametrize(("state", "offered"), [(Video.State.FAILED, True), (Video.State.REFUSED, False)])
def test_only_the_platform_s_fault_is_tried_again(staff, cast, state, offered):
    video = video_of(cast.institution_a, state=state, error="文件里没有画面。")

    page = staff.get(reverse("studio:video", args=[video.uid])).text

    assert ("重新处理</button>" in page) == offered
    staff.post(reverse("studio:video_retry", args=[video.uid]))
    video.refresh_from_db()
    assert (video.state == state) == (not offered)


def test_pages_of_the_studio_bear_our_own_name(staff, course_a):
    for path in (reverse("wagtailadmin_home"), reverse("wagtailadmin_pages:edit", args=[course_a.pk])):
        title = staff.get(path).content.decode().partition("<title>")[2].partition("</title>")[0]

        assert title.endswith("- 职业技能培训平台")
        assert "Wagtail" not in title
