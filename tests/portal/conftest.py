"""How tests of pages come in."""

from __future__ import annotations

import pytest


@pytest.fixture
def enter(client, cast, settings):
    """Return a function that signs a member of the cast in: enter("zhao") -> client. The second factor is tested in people."""
    settings.STAFF_MFA_REQUIRED = False

    def sign_in(who):
        client.force_login(getattr(cast, who))
        return client

    return sign_in
