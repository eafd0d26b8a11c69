"""The channel layer on Redis: a quiet socket stays open, and many come and go at once."""

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
AT_ONCE = 300  # sockets: more than a pool of redis-py has lines by default
BEGIN = """
import asyncio, django
django.setup()
from channels.layers import get_channel_layer
"""
WAIT = f"""{BEGIN}
async def hear():
    layer = get_channel_layer()
    name = await layer.new_channel()
    heard = asyncio.create_task(layer.receive(name))
    await asyncio.sleep({QUIET_FOR})
    await layer.send(name, {{"type": "news", "text": "还在"}})
    print((await asyncio.wait_for(heard, 60))["text"])

asyncio.run(hear())
"""
COME_AND_GO = f"""{BEGIN}
async def come_and_go():
    layer = get_channel_layer()
    names = [await layer.new_channel() for _ in range({AT_ONCE})]
    await asyncio.gather(*(layer.group_add("room", name) for name in names))
    await layer.group_send("room", {{"type": "news", "text": "都在"}})
    heard = await asyncio.wait_for(asyncio.gather(*map(layer.receive, names)), 60)
    await asyncio.gather(*(layer.group_discard("room", name) for name in names))
    print(*{{one["text"] for one in heard}})

asyncio.run(come_and_go())
"""


def said(program, folder):
    """Run a program on the layer of the settings, with a Redis of its own; return what it printed, or its fault."""
    redis = Redis(folder)
    try:
        environment = {
            **os.environ, "REDIS_URL": redis.url, "DJANGO_SETTINGS_MODULE": "lms.settings.dev",
            "VAR_DIR": str(folder), "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = [sys.executable, "-c", program]
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        redis.stop()
    return ended.stdout.strip() or ended.stderr[-2000:]


@needs(shutil.which("redis-server"), "Redis (package redis-server)")
@pytest.mark.parametrize(
    ("program", "words"),
    [pytest.param(WAIT, "还在", id="a quiet one"), pytest.param(COME_AND_GO, "都在", id="many at once")],
)
def test_sockets_hear_what_comes(tmp_path, program, words):
    assert said(program, tmp_path) == words
