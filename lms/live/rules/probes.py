"""Measuring a line against our own server before a lesson: small pieces, few of them. Pure."""

from __future__ import annotations

PIECE_BYTES = 400_000  # some seconds on a line that just carries sound
MOST_PIECES, WINDOW_SECONDS = 40, 600  # of one account: ten measurements, 16 MB


def is_too_often(pieces: int) -> bool:
    """Return whether an account moved more pieces within the window than measuring takes (测速次数)."""
    return pieces > MOST_PIECES
