"""The fake WeChat server, and settings that lead to it."""

import pytest

from tests.wechat.fake import FakeWeChat, account, serving


@pytest.fixture
def fake(settings):
    made = FakeWeChat()
    with serving(made) as address:
        settings.WECHAT = account(address)
        yield made
