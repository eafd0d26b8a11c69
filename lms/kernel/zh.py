"""Chinese text for the search index: words are not separated, so every pair of neighbours is one (二元切分)."""

from __future__ import annotations

import re

HAN = re.compile(r"[\u3400-\u9fff]+")


def bigrams(text: str) -> str:
    """Return the text with each Chinese run as overlapping pairs, space-joined; the rest as it is."""
    return " ".join(HAN.sub(lambda run: f" {pairs(run[0])} ", text.lower()).split())


def pairs(run: str) -> str:
    """Return 焊工安全 as 焊工 工安 安全; a single character as itself."""
    return " ".join(run[i : i + 2] for i in range(len(run) - 1)) or run
