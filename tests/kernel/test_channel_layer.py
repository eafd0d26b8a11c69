"""The channel layer on Redis: a socket to which nothing is said for a while stays open."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.clusters import Redis
from tests.needs import needs

pytestmark = pytest.mark.sqlite
ROOT = Path(__file__).parents[2]
QUIET_FOR = 7  # seconds: longer than the layer waits at a time, and than a line of redis-py lives by default
WAIT = f"""
import asyncio, django
django.setup()
from channels.layers import get_channel_layer

async def hear():
    layer = get_channel_layer()
    name = await layer.new_channel()
    heard = asyncio.create_task(layer.receive(name))
    await asyncio.sleep({QUIET_FOR})
    await layer.send(name, {{"type": "news", "text": "还在"}})
    print((await asyncio.wait_for(heard, 60))["text"])

asyncio.run(hear())
"""


@needs(shutil.which("redis-server"), "Redis (package redis-server)")
def test_a_quiet_socket_hears_what_comes_at_last(tmp_path):
    redis = Redis(tmp_path)
    try:
        environment = {
            **os.environ, "REDIS_URL": redis.url, "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
            "VAR_DIR": str(tmp_path), "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = [sys.executable, "-c", WAIT]
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        redis.stop()

    assert ended.stdout.strip() == "还在", ended.stderr[-2000:]
