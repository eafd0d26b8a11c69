"""The channel layer with Redis: a socket that hears nothing for a while stays open."""

from __future__ import annotations

import pytest
from channels_redis.core import RedisChannelLayer
from django.conf import settings

pytestmark = pytest.mark.skipif("redis" not in settings.CHANNEL_LAYERS["default"]["BACKEND"], reason="no Redis is set")


def test_a_read_waits_longer_than_the_layer_waits_for_a_message():
    """redis-py 8 gives up after 5 s by default, as long as channels_redis waits: quiet rooms lost their sockets."""
    layer = RedisChannelLayer(**settings.CHANNEL_LAYERS["default"]["CONFIG"])
    pool = layer.create_pool(0)

    assert pool.connection_kwargs["socket_timeout"] > layer.brpop_timeout + 5
