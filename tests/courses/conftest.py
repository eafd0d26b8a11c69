"""The instructor, signed in without a second factor; a bucket (moto's server), reached directly or over a line that may break."""

from __future__ import annotations

from urllib.parse import urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer

from lms.settings import env
from tests.courses.line import Line

MB = 1024**2
CHUNK = 5 * MB


@pytest.fixture(autouse=True)
def no_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def li(cast):
    """Return the instructor as an actor."""
    return cast.actor("li")


@pytest.fixture
def staff(client, cast):
    """Return a browser with the instructor signed in."""
    client.force_login(cast.li)
    return client


@pytest.fixture(scope="session")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def use_bucket(moto, settings, monkeypatch):
    """Return a function that has files in a bucket behind an address, as the environment asks for it."""

    def use(endpoint):
        given = {
            "S3_BUCKET": "films",
            "S3_ENDPOINT": endpoint,
            "S3_PUBLIC_ENDPOINT": moto.replace("127.0.0.1", "localhost"),
            "S3_ACCESS_KEY": "test",
            "S3_SECRET_KEY": "test",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = {**settings.STORAGES, **env.bucket()}

    return use


@pytest.fixture
def storage(moto, use_bucket, settings):
    """Have files in a bucket; return a client of it."""
    use_bucket(moto)
    settings.UPLOAD_CHUNK_BYTES = CHUNK
    client = boto3.client(
        "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket="films")
    return client


@pytest.fixture
def line(storage, moto, use_bucket):
    """Put a line that breaks between us and the bucket."""
    line = Line(urlsplit(moto).port)
    use_bucket(line.address)
    yield line
    line.close()
