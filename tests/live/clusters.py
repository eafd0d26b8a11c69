"""A PostgreSQL cluster and a Redis of their own in a temporary folder: to be killed, flushed and restarted."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.servers import free_port, wait_for

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


def owner() -> str | None:
    """Return the account that PostgreSQL runs under: it refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Postgres:
    """A cluster that commits to disk, as in production."""

    def __init__(self, folder: Path) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError("PostgreSQL is not installed (package postgresql)")
        self.programs, self.folder, self.port, self.user = found, folder / "postgres", free_port(), owner()
        self.folder.mkdir()
        self.folder.parent.chmod(0o711)
        if self.user:
            shutil.chown(self.folder, self.user)
        self.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        """Run a program on the cluster's data."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        account = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        subprocess.run(command, check=True, cwd="/", **account, **QUIET)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End it, rolling back what is under way."""
        self.run("pg_ctl", "-m", "fast", "-w", "stop")

    def crash_and_start(self) -> None:
        """End it as a power cut of the database would, without a last checkpoint; then let it recover."""
        self.run("pg_ctl", "-m", "immediate", "-w", "stop")
        self.start()

    @property
    def pid(self) -> int:
        """Return the process whose children serve."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def database(self, name: str) -> str:
        """Make an empty database; return its address."""
        import psycopg

        server = f"postgresql://postgres@127.0.0.1:{self.port}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
            line.execute(f'CREATE DATABASE "{name}"')
        return f"{server}/{name}"


@contextmanager
def database_beside(address: str) -> Iterator[str]:
    """Make an empty database on the server of an address; yield its own, and drop it at the end."""
    import psycopg

    server, name = address.rsplit("/", 1)[0], f"own_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as line:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Redis:
    """A Redis that keeps nothing, as a channel layer and cache may."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, **QUIET)
        wait_for(self.port)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Forget everything."""
        import redis

        redis.Redis(port=self.port).flushall()

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@contextmanager
def own_services() -> Iterator[tuple[Postgres, Redis]]:
    """Run both in a temporary folder until the block ends."""
    with tempfile.TemporaryDirectory(prefix="services-") as folder:
        redis = Redis(Path(folder))
        try:
            postgres = Postgres(Path(folder))
            try:
                yield postgres, redis
            finally:
                postgres.stop()
        finally:
            redis.stop()
