"""What a release notes of the documents in its lessons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wagtail.documents import get_document_model

from courses.models import LessonDocument, LessonVersion


def note_documents(lessons: Iterable[LessonVersion]) -> None:
    """Note which documents the lessons of a version have, with their digests; called by the release (附件登记)."""
    wanted = [(lesson, number) for lesson in lessons for number in document_ids(lesson)]
    found = get_document_model().objects.in_bulk({number for _, number in wanted})
    LessonDocument.objects.bulk_create(
        LessonDocument(lesson=lesson, document=found[number], digest=found[number].get_file_hash())
        for lesson, number in wanted
        if number in found
    )


def document_ids(lesson: LessonVersion) -> Iterator[int]:
    """Yield the ids of the documents in a lesson's text, each once."""
    blocks = [block["value"] for block in lesson.body if block["type"] == "document"]
    yield from dict.fromkeys(value["file"] for value in blocks if value.get("file"))
