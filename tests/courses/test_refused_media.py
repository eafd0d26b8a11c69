"""Malicious and broken files are refused with their reason, at the video, and gain nothing (tests/media_set.py makes them)."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import Video
from courses.services.videos import upload_video
from lms.kernel.models import Job
from tests.courses.media import make_video
from tests.media_set import CASES, Targets, main

pytestmark = pytest.mark.sqlite
IN_OPEN = 0x20
ATTACKS = {
    # What ffmpeg would forbid by itself is switched off: the guard must hold alone.
    "playlist of another upload": ("-allowed_extensions", "ALL", "-allowed_segment_extensions", "ALL"),
    "concat list of another upload": ("-safe", "0"),
    "playlist of an inside address": ("-protocol_whitelist", "file,http,tcp"),
}
PEAK_SCRIPT = """
import resource, sys
from pathlib import Path
from courses.gateways.media import probe
from courses.gateways.process import MediaRefusedError
for path in sys.argv[1:]:
    try:
        probe(Path(path))
    except MediaRefusedError:
        pass
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
MOST_MEMORY_KIB = 300 * 1024


@pytest.fixture(scope="module")
def inside():
    """Serve what only the house may read; note who asks."""

    class Service(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *arguments):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("victim") / "victim.mp4", seconds=1)


@pytest.fixture
def victim(cast, film):
    """Return where another institution's upload lies."""
    with film.open("rb") as handle:
        video = upload_video(
            institution=cast.institution_b, title="乙校的片", file=handle, name="b.mp4", size=film.stat().st_size,
            actor=cast.actor("qian"),
        )  # fmt: skip
    return Path(storages["private"].path(video.source_path))


@pytest.fixture
def attack(tmp_path, victim, inside):
    inside.asked.clear()

    def make(name):
        path = tmp_path / CASES[name].file_name
        CASES[name].make(path, Targets(victim, inside.server_address[1]))
        return path

    return make


@pytest.fixture
def send(client, cast, django_capture_on_commit_callbacks):
    client.force_login(cast.li)

    def post(path):
        file = SimpleUploadedFile(path.name, path.read_bytes(), "video/mp4")
        form = {"institution": cast.institution_a.pk, "title": "样本", "file": file}
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("studio:video_new"), form)

    return post


@contextmanager
def openings(path):
    """Yield a function that says how often a file was opened, by anybody: the kernel counts."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(watch, os.fsencode(path), IN_OPEN) > 0

    def count():
        try:
            return len(os.read(watch, 65_536)) // struct.calcsize("iIII")
        except BlockingIOError:
            return 0

    try:
        yield count
    finally:
        os.close(watch)


@pytest.mark.parametrize("name", [name for name in CASES if name != "empty"])
def test_a_file_of_the_set_is_refused_with_its_reason_and_reads_nothing(
    name, attack, send, client, cast, victim, inside
):
    path = attack(name)

    with openings(victim) as opened:
        send(path)
        assert opened() == 0

    video = Video.objects.get(institution=cast.institution_a)
    assert (video.state, video.error) == (Video.State.REFUSED, CASES[name].reason)
    assert (video.job.state, video.job.error) == (Job.State.FAILED, CASES[name].reason)
    assert CASES[name].reason in client.get(reverse("studio:video", args=[video.uid])).text
    assert CASES[name].reason in client.get(reverse("studio:videos")).text
    assert not default_storage.exists(f"videos/{video.uid.hex}/video.mp4")
    assert inside.asked == []


def test_an_empty_file_is_refused_at_its_field(attack, send, cast):
    page = send(attack("empty"))

    assert CASES["empty"].reason in page.text
    assert Video.objects.filter(institution=cast.institution_a).count() == 0


@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_guard_the_attack_reaches_its_target(name, attack, victim, inside):
    path = attack(name)

    with openings(victim) as opened:
        subprocess.run(["ffprobe", "-v", "quiet", *ATTACKS[name], path], capture_output=True, check=False)
        reached = opened() + len(inside.asked)

    assert reached > 0


def test_the_set_is_written_by_its_script_and_looking_at_it_takes_little_memory(tmp_path, film, capsys):
    main(str(tmp_path / "set"), str(film))
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    paths = [path for path, _, _ in lines]

    done = subprocess.run([sys.executable, "-c", PEAK_SCRIPT, *paths], capture_output=True, text=True, check=True)

    assert [(name, reason) for _, name, reason in lines] == [(name, case.reason) for name, case in CASES.items()]
    assert int(done.stdout) < MOST_MEMORY_KIB
