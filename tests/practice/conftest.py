from __future__ import annotations

import pytest

from tests.practice.stage import lay_workshop


@pytest.fixture
def workshop(cast, site_root, at):
    """Return a class with a session on 6 May, nine to eleven; it is the day before."""
    return lay_workshop(cast, site_root, at(2026, 5, 5, 10, 0))
