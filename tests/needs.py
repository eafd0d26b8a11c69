"""Programs of the system that a test drives: on a desk without them it is skipped and says so; in CI they must be there."""

from __future__ import annotations

import os

import pytest


def needs(found: object, what: str) -> pytest.MarkDecorator:
    """Return the mark of a test that drives `what`."""
    return pytest.mark.skipif(not found and not os.environ.get("SERVICES_REQUIRED"), reason=f"not installed: {what}")
