"""Chinese text for the search: words are not separated, so every pair of neighbours is one (二元切分); and its pinyin."""

from __future__ import annotations

import re

HAN = re.compile(r"[\u3400-\u9fff]+")


def bigrams(text: str) -> str:
    """Return the text with each Chinese run as overlapping pairs, space-joined; the rest as it is."""
    return " ".join(HAN.sub(lambda run: f" {pairs(run[0])} ", text.lower()).split())


def pairs(run: str) -> str:
    """Return 焊工安全 as 焊工 工安 安全; a single character as itself."""
    return " ".join(run[i : i + 2] for i in range(len(run) - 1)) or run


def words_for_search(*texts: str) -> str:
    """Return what Chinese text is found by: its pairs, and the texts whole (检索词)."""
    text = " ".join(texts)
    return f" {bigrams(text)} {text.lower()} "


def syllables(run: str) -> list[str]:
    """Return the syllables of a Chinese run, without tones, read by the words in it (音节)."""
    from pypinyin import lazy_pinyin  # its dictionaries take 55 MB: only who spells pays for them

    return lazy_pinyin(run)


def pinyin(text: str) -> str:
    """Return what Chinese text is found by when it is typed in Latin letters (全拼与首字母).

    The pinyin of each run from every syllable on, then `|`, then the initials likewise: 电工 is
    ` diangong gong | dg g `. A search for a word that begins at a syllable begins with a blank.
    """
    runs = [syllables(run) for run in HAN.findall(text)]
    full = dict.fromkeys("".join(run[at:]) for run in runs for at in range(len(run)))
    initials = dict.fromkeys("".join(part[0] for part in run[at:]) for run in runs for at in range(len(run)))
    return f" {' '.join(full)} | {' '.join(initials)} "


def spelt(text: str) -> str:
    """Return text as it is typed in pinyin: the Chinese spelt out, without blanks inside a run (拼写)."""
    return HAN.sub(lambda run: "".join(syllables(run[0])), text.lower())
