"""How the catalogue is searched: Chinese in pairs of characters, Latin letters as written or as pinyin."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from courses.models import CourseVersion
from courses.rules.search import search_words
from lms.kernel.zh import HAN, bigrams, spelt

# Columns by which a course is ranked, and what `rules.relevance` calls them.
FOUND_BY = {
    "title": "title",
    "pinyin": "title_pinyin",
    "occupation__words": "occupation_words",
    "occupation__pinyin": "occupation_pinyin",
}


def matching(words: list[str]) -> Combinable:
    """Return the condition that every word is found; true when nothing is sought."""
    if not words:
        return Value(True)
    return Case(When(condition(words), then=True), default=False, output_field=BooleanField())


def condition(words: list[str]) -> Q:
    """Return that every part of every word stands in the version's or its occupation's words, or is its pinyin."""
    return reduce(and_, (part_found(part) for word in words for part in bigrams(word).split()))


def part_found(part: str) -> Q:
    """Return that one part is found. Letters are looked for as written (SYB, a code) and, from a syllable on, as pinyin."""
    places = [Q(words__contains=part), Q(occupation__words__contains=part)]
    if not HAN.match(part) and (letters := part.replace("'", "")):
        places += [Q(pinyin__contains=f" {letters}"), Q(occupation__pinyin__contains=f" {letters}")]
    return reduce(or_, places)


def same_sound(versions: QuerySet[CourseVersion], q: str) -> str:
    """Return the pinyin of what was sought if that is found, else nothing: 电弓 sounds like 电工 (同音)."""
    sound = spelt(q)
    words = search_words(sound)
    return sound if words and HAN.search(q) and versions.filter(condition(words)).exists() else ""
