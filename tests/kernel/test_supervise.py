"""The supervisor: a child that dies is started again, and all of them end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lms.kernel.management.commands import supervise
from lms.kernel.supervisor import LONGEST_PAUSE, pause_after

pytestmark = pytest.mark.sqlite
ROOT = Path(__file__).parents[2]
CHILD = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + CHILD
PARENT = """
import sys
from lms.kernel.supervisor import Child, Supervisor

code, folder = sys.argv[1:]
commands = {name: [sys.executable, "-c", code, f"{folder}/{name}"] for name in ("one", "two")}
Supervisor([Child(name, command) for name, command in commands.items()], grace_seconds=1.0).run()
"""


@pytest.fixture
def supervisor(tmp_path):
    """Return a function that starts a supervisor of two children and waits until both run."""
    started = []

    def start(code: str = CHILD) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", PARENT, code, str(tmp_path)], cwd=ROOT))
        wait_until(lambda: pids(tmp_path, "one") and pids(tmp_path, "two"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def pids(folder: Path, name: str) -> list[int]:
    path = folder / name
    return [int(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_child_that_dies_is_started_again(supervisor, tmp_path):
    supervisor()
    first, neighbour = pids(tmp_path, "one")[0], pids(tmp_path, "two")[0]

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(pids(tmp_path, "one")) == 2)

    assert is_alive(pids(tmp_path, "one")[1])
    assert pids(tmp_path, "two") == [neighbour]
    assert is_alive(neighbour)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_with_it(supervisor, tmp_path, number):
    process = supervisor()
    children = pids(tmp_path, "one") + pids(tmp_path, "two")

    process.send_signal(number)

    assert process.wait(60) == 0
    assert [is_alive(pid) for pid in children] == [False, False]


def test_child_that_does_not_end_is_killed(supervisor, tmp_path):
    process = supervisor(STUBBORN)
    children = pids(tmp_path, "one") + pids(tmp_path, "two")

    process.terminate()

    assert process.wait(60) == 0
    assert [is_alive(pid) for pid in children] == [False, False]


def test_children_end_when_it_is_killed_itself(supervisor, tmp_path):
    process = supervisor()
    children = pids(tmp_path, "one") + pids(tmp_path, "two")

    process.kill()

    wait_until(lambda: not any(is_alive(pid) for pid in children))


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 0.5), (2, 1.0), (5, 8.0), (20, LONGEST_PAUSE)])
def test_waits_longer_after_each_death_in_a_row(deaths, seconds):
    assert pause_after(deaths) == seconds


def test_site_is_web_two_workers_and_ticker_with_bounded_messages():
    web, worker, films, ticker = supervise.children("127.0.0.1", 8000)

    assert [child.name for child in (web, worker, films, ticker)] == ["web", "worker", "film-worker", "ticker"]
    assert "--exclude-queues=films" in worker.command
    assert "--queue-name=films" in films.command
    assert "--websocket-max-message-size=65536" in web.command
