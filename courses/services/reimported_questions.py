"""The bank's questions in a course package: recognised by what they say, or added to the bank (导入题库试题)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

from django.core.files.storage import storages
from wagtail.utils.file import hash_filelike

from courses.models import PartMedia, Question, QuestionAudio, QuestionVersion
from courses.queries.bank import with_all
from courses.rules.questions import Content, Problem, content_problems
from courses.services.bank import (
    Draft,
    Media,
    create_question,
    filing_problems,
    retire_question,
    tidied_draft,
    version_of,
)
from courses.services.landings import LARGEST_IMAGE, Landing, occupation_named, refused
from courses.services.sounds import LARGEST_BYTES

MEDIA_TABLES = {"image": "images", "audio": "sounds"}


def drafts_of(manifest: dict[str, Any]) -> dict[str, Draft]:
    """Return the questions of a package as drafts without media, by key. Raises InvalidError with the question."""
    return {key: draft_of(entry, manifest) for key, entry in manifest["questions"].items()}


def draft_of(entry: dict[str, Any], manifest: dict[str, Any]) -> Draft:
    """Return one question of a package as a draft without media."""
    named = entry.get("occupation")
    draft = tidied_draft(
        Draft(
            entry["content"],
            difficulty=entry["difficulty"],
            occupation=occupation_named(named) if named else None,
            level=entry.get("level"),
            knowledge=tuple(entry["knowledge"]),
        )
    )
    problems = [
        *content_problems(draft.content),
        *filing_problems(draft),
        *key_problems(draft.content, entry, manifest),
    ]
    for problem in problems:
        place = f"第{problem.place}小题：" if problem.place else ""
        raise refused(f"课程包里的试题“{draft.content['stem'][:20]}”不能导入：{place}{problem.sentence}")
    return draft


def key_problems(content: Content, entry: dict[str, Any], manifest: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the pictures and sounds that a question names."""
    if len(entry["parts"]) != len(content["parts"]):
        yield Problem("parts", "小题和小题的图片、录音前后不符。")
        return
    stems = [(content, entry["media"]), *zip(content["parts"], entry["parts"], strict=True)]
    for place, (said, media) in enumerate(stems):
        if any(
            media.get(name) is not None and media[name] not in manifest[table] for name, table in MEDIA_TABLES.items()
        ):
            yield Problem("image", "图片或录音前后不符。", place)
        if (media.get("image") is not None) != bool(said["image_alt"]):
            yield Problem("image_alt", "图片和图片说明应同时有或同时没有。", place)


def write_questions(landing: Landing) -> dict[str, int]:
    """Return the ids of the package's questions by key; what the bank does not have yet is added to it."""
    drafts = drafts_of(landing.manifest)
    stems = [draft.content["stem"] for draft in drafts.values()]
    own = Question.objects.filter(institution=landing.transfer.institution, current__content__stem__in=stems)
    found = with_all(own).select_related("current__image").prefetch_related("current__part_media__image")
    known = list(found.order_by("is_retired", "pk"))
    made = {}
    for key, draft in drafts.items():
        entry = landing.manifest["questions"][key]
        twin = next((one for one in known if is_same(version_of(one), draft, entry, landing)), None)
        if twin is None:
            twin = add_question(landing, draft, entry)
        else:
            known.remove(twin)  # two that say the same stay two
        made[key] = twin.pk
    return made


def is_same(version: QuestionVersion, draft: Draft, entry: dict[str, Any], landing: Landing) -> bool:
    """Return whether a version says and shows what a question of the package does."""
    if version.content != draft.content:
        return False
    held = [version, *(version.media_of_part(place) for place in range(1, len(entry["parts"]) + 1))]
    pairs = zip(held, [entry["media"], *entry["parts"]], strict=True)
    return all(shown_by(one) == shown_in(landing, media) for one, media in pairs)


def shown_by(held: QuestionVersion | PartMedia | None) -> tuple[str, str]:
    """Return the digests of a stem's picture and sound; nothing for none."""
    if held is None:
        return "", ""
    return held.image.get_file_hash() if held.image else "", sound_digest(held.audio) if held.audio else ""


def sound_digest(sound: QuestionAudio) -> str:
    """Return the digest of a sound as it is kept; nothing for one that was refused."""
    storage, path = (storages["default"], sound.path) if sound.path else (storages["private"], sound.source_path)
    if not path or not storage.exists(path):
        return ""
    with storage.open(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def shown_in(landing: Landing, media: dict[str, Any]) -> tuple[str, str]:
    """Return the digests of the picture and the sound that a package brings to a stem."""
    image, audio = (
        landing.manifest[table][media[name]]["file"] if media.get(name) is not None else ""
        for name, table in MEDIA_TABLES.items()
    )
    picture = hash_filelike(BytesIO(landing.archive.read(image, most=LARGEST_IMAGE))) if image else ""
    sound = hashlib.sha256(landing.archive.read(audio, most=LARGEST_BYTES)).hexdigest() if audio else ""
    return picture, sound


def add_question(landing: Landing, draft: Draft, entry: dict[str, Any]) -> Question:
    """Add a question with its pictures and sounds to the bank."""
    parts = tuple(media_of(landing, media) for media in entry["parts"])
    whole = replace(draft, media=media_of(landing, entry["media"]), parts=parts)
    question = create_question(institution=landing.transfer.institution, draft=whole, actor=landing.actor)
    if entry.get("retired"):
        retire_question(question=question, actor=landing.actor)
    return question


def media_of(landing: Landing, media: dict[str, Any]) -> Media:
    """Return a stem's picture and sound, added to the institution's own."""
    image, audio = media.get("image"), media.get("audio")
    return Media(
        image_id=None if image is None else landing.pk_of("images", image),
        audio=None if audio is None else QuestionAudio.objects.get(pk=landing.pk_of("sounds", audio)),
    )
