"""How words that people look for are read, and how well a course answers them. Pure."""

from __future__ import annotations

import re
import unicodedata


def search_words(text: str) -> list[str]:
    """Return what a person looks for, in words; full-width letters are the same as others."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return [word for word in re.split(r"[\s\x00,。、/()\[\]【】《》“”\"!?:;]+", plain) if word][:6]


def relevance(words: list[str], *, title: str, title_pinyin: str, occupation_words: str, occupation_pinyin: str) -> int:
    """Return how well a course answers what is sought: the title first, then occupation and trades, then pinyin."""
    return sum(
        max(
            written(word, title.lower()),
            6 if word in occupation_words else 0,
            4 if spelt_in(word, title_pinyin, occupation_pinyin, place=0) else 0,
            2 if spelt_in(word, title_pinyin, occupation_pinyin, place=1) else 0,
            1,
        )
        for word in words
    )


def written(word: str, title: str) -> int:
    """Return what a word in the title is worth: most at its beginning."""
    return (10 if title.startswith(word) else 8) if word in title else 0


def spelt_in(word: str, *pinyins: str, place: int) -> bool:
    """Return whether a word begins a syllable of the full pinyin (place 0) or of the initials (place 1)."""
    return any(f" {word}" in part for text in pinyins for part in text.split("|")[place : place + 1])
