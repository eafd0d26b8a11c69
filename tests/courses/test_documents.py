"""Documents of lessons: chosen from the own collection, downloaded as files, by those whom the lesson concerns."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.db.models import ProtectedError
from django.urls import reverse
from wagtail.documents import get_document_model

from courses.models import LessonDocument, LessonPage
from courses.services.authoring import add_course, add_lesson, add_section
from courses.services.review import release_course, submit_course
from courses.services.tree import collection_of, open_studio
from lms.access.rules import SYSTEM
from lms.classes.models import TrainingClass
from tests.factories import make_class, make_enrolment, make_occupation

PDF = b"%PDF-1.7\n" + b"x" * 500
Document = get_document_model()


def make_document(institution, title="焊机检查表", name="检查表.pdf", content=PDF):
    return Document.objects.create(
        title=title, file=ContentFile(content, name), collection=collection_of(institution), file_size=len(content)
    )


@pytest.fixture
def document(cast):
    return make_document(cast.institution_a)


@pytest.fixture
def version(cast, site_root, document):
    course = add_course(
        institution=cast.institution_a, actor=cast.actor("li"), title="焊工安全", occupation=make_occupation(),
        level=1, class_hours=2, summary="入门", outcomes="能检查焊机",
    )  # fmt: skip
    section = add_section(course=course, title="第一章")
    body = [("paragraph", "<p>先检查。</p>"), ("document", {"file": document, "title": "检查表（打印用）"})]
    add_lesson(section=section, title="读文", kind="article", body=body, nominal_minutes=3)
    submission = submit_course(course=course, actor=cast.actor("li"))
    return release_course(submission=submission, opinion="同意", actor=cast.actor("chen"))


def download(client, document):
    return client.get(document.url)


class TestDownload:
    def test_is_a_file_and_never_a_page(self, client, cast, version, document):
        make_enrolment(make_class(version, cast.department), cast.wang.person)
        client.force_login(cast.wang)

        answer = download(client, document)

        assert b"".join(answer.streaming_content) == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment; filename")
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
        assert answer["Content-Security-Policy"].startswith("sandbox")

    def test_a_page_that_got_into_the_collection_is_no_page_either(self, client, cast):
        page = make_document(cast.institution_a, name="页.html", content=b"<script>alert(1)</script>")
        client.force_login(cast.li)

        answer = download(client, page)

        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")

    def test_the_link_stands_in_the_released_text(self, version, document):
        html = version.lessons.get().html

        assert f'href="{document.url}"' in html
        assert "检查表（打印用）" in html
        assert "PDF" in html

    def test_nginx_sends_it_when_a_setting_says_so(self, client, cast, settings, document):
        settings.MEDIA_ACCEL = "/protected-media/"
        client.force_login(cast.li)

        answer = download(client, document)

        assert answer["X-Accel-Redirect"].startswith("/protected-media/documents/")
        assert answer["X-Accel-Redirect"].isascii()
        assert answer["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize(("who", "status"), [("li", 200), ("zhao", 200), ("sun", 200), ("chen", 200), ("qian", 404),
                                                 ("wang", 404), ("lu", 404), ("wu", 404), (None, 404)])  # fmt: skip
    def test_staff_and_reviewers_have_it_others_do_not(self, client, cast, version, document, who, status):
        if who:
            client.force_login(getattr(cast, who))

        assert download(client, document).status_code == status

    def test_learners_of_other_courses_do_not(self, client, cast, version, document):
        make_enrolment(make_class(version, cast.department, state=TrainingClass.State.OPEN), cast.wang.person)
        other = make_document(cast.institution_a, title="别的")
        client.force_login(cast.wang)

        assert (download(client, document).status_code, download(client, other).status_code) == (200, 404)

    def test_a_free_lesson_s_document_is_free(self, client, version, document):
        LessonPage.objects.update(is_sample=True)

        assert download(client, document).status_code == 200


def test_a_release_notes_the_file_and_keeps_it(version, document):
    noted = LessonDocument.objects.get()

    assert (noted.document_id, noted.digest) == (document.pk, document.get_file_hash())
    with pytest.raises(ProtectedError):
        document.delete()


class TestStudio:
    @pytest.fixture
    def li(self, client, cast):
        open_studio(institution=cast.institution_a, actor=SYSTEM)
        client.force_login(cast.li)
        return client

    def upload(self, client, cast, name, content):
        return client.post(
            reverse("wagtaildocs_chooser:create"),
            {
                "document-chooser-upload-title": "讲义",
                "document-chooser-upload-file": ContentFile(content, name),
                "document-chooser-upload-collection": collection_of(cast.institution_a).pk,
            },
        )

    def test_a_document_is_added_from_the_editor(self, li, cast):
        assert self.upload(li, cast, "讲义.pdf", PDF).json()["step"] == "chosen"
        assert Document.objects.get().collection == collection_of(cast.institution_a)

    @pytest.mark.parametrize(
        ("name", "content"), [("页.html", b"<html>"), ("图.svg", b"<svg/>"), ("假.pdf", b"<html>")], ids=str
    )
    def test_pages_and_pictures_are_refused_in_words(self, li, cast, name, content):
        answer = self.upload(li, cast, name, content)

        assert answer.json()["step"] == "reshow_creation_form"
        assert not Document.objects.exists()

    def test_the_choice_shows_the_own_collection_only(self, li, cast):
        make_document(cast.institution_a, title="甲校的表")
        make_document(cast.institution_b, title="乙校的表")

        text = li.get(reverse("wagtaildocs_chooser:choose")).json()["html"]

        assert ("甲校的表" in text, "乙校的表" in text) == (True, False)

    def test_another_institution_s_documents_are_not_there(self, li, cast, document):
        theirs = make_document(cast.institution_b)

        statuses = [li.get(reverse("wagtaildocs_chooser:chosen", args=[pk])).status_code for pk in (
            document.pk, theirs.pk, theirs.pk + 1)]  # fmt: skip

        assert statuses == [200, 404, 404]

    @pytest.mark.parametrize("name", ["wagtaildocs:edit", "wagtaildocs:delete"])
    def test_nobody_exchanges_or_deletes_what_classes_have(self, li, document, name):
        assert li.get(reverse(name, args=[document.pk])).status_code == 404
        assert li.post(reverse(name, args=[document.pk])).status_code == 404

    def test_a_text_takes_documents_of_its_own_institution_only(self, li, cast, version):
        lesson = LessonPage.objects.get()
        mine, theirs = make_document(cast.institution_a), make_document(cast.institution_b)
        form = {
            "title": "读文", "kind": "article", "nominal_minutes": "3", "quiz-count": "0", "popups-count": "0",
            "check_questions-count": "0",
            "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", "body-count": "1",
            "body-0-type": "document", "body-0-order": "0", "body-0-deleted": "", "body-0-id": "",
            "body-0-value-title": "",
        }  # fmt: skip

        def chosen(document):
            li.post(
                reverse("wagtailadmin_pages:edit", args=[lesson.pk]), {**form, "body-0-value-file": str(document.pk)}
            )
            draft = LessonPage.objects.get().get_latest_revision_as_object()
            return {block.value["file"] for block in draft.body if block.block_type == "document"}

        assert theirs not in chosen(theirs)
        assert chosen(mine) == {mine}
