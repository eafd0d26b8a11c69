"""The cheats, by what they attack. A new strategy is one function here, decorated with the rule and its weakening."""

from tests.redteam.cheats import (
    appeals,
    checks,
    doors,
    faces,
    lessons,
    lives,
    positions,
    practice,
    questions,
    replays,
    seats,
    times,
)

__all__ = [
    "appeals",
    "checks",
    "doors",
    "faces",
    "lessons",
    "lives",
    "positions",
    "practice",
    "questions",
    "replays",
    "seats",
    "times",
]
