"""PDFs as teachers send them."""

from __future__ import annotations

import io

from PIL import Image


def pdf(pages: int = 3) -> bytes:
    """Return a PDF of pictures, one wider than the other."""
    made = io.BytesIO()
    first, *more = [Image.new("RGB", (400 + 100 * number, 300), "white") for number in range(pages)]
    first.save(made, "PDF", save_all=True, append_images=more)
    return made.getvalue()
