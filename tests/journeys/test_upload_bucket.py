"""The same upload where files go from the browser to a bucket of another origin (moto's server)."""

from __future__ import annotations

import hashlib
import json
import re

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.browser import PC, Visitor, chromium
from tests.cast import PASSWORD
from tests.courses.media import lengthened, make_video
from tests.journeys.test_upload import PAGE, choose_again, row
from tests.live.servers import Servers

pytestmark = pytest.mark.browser

PART = 5 * 1024**2


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="module")
def bucket(moto):
    made = boto3.resource(
        "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    ).Bucket("journey")
    made.create()
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory, moto, bucket):
    folder = tmp_path_factory.mktemp("site")
    storage = {"S3_BUCKET": "journey", "S3_ENDPOINT": moto, "S3_ACCESS_KEY": "test", "S3_SECRET_KEY": "test"}
    database = f"sqlite:///{folder / 'site.sqlite3'}"
    chunk = {"UPLOAD_CHUNK_BYTES": str(PART)}
    servers = Servers({"VAR_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": "", **storage, **chunk}, count=1)
    try:
        json.loads(servers.run("tests.live.stage", "studio"))
        servers.start()
        servers.start_worker()
        yield f"http://127.0.0.1:{servers.ports[0]}"
    finally:
        servers.stop()


def break_after(page, count, origin):
    """Break the line to the bucket after so many parts; return what was tried. A held request would go out on closing."""
    tried = []

    def decide(route):
        if route.request.method == "PUT":
            tried.append(route.request.url)
        (route.continue_ if len(tried) <= count else route.abort)()

    page.route(re.compile(re.escape(origin)), decide)
    return tried


def test_a_closed_tab_costs_no_part_that_lies_in_the_bucket(site, moto, bucket, tmp_path):
    film = tmp_path / "焊前检查.mp4"
    short = make_video(tmp_path / "short.mp4", seconds=1, size="640x360").read_bytes()
    film.write_bytes(lengthened(short, 5 * PART - 1000))
    puts = []
    with chromium() as browser:
        li = Visitor(browser, site, viewport=PC)
        li.sign_in("li", PASSWORD)
        page = li.go(PAGE)
        sent = break_after(page, 3, moto)
        page.locator("[data-part=picker]").set_input_files(str(film))
        page.locator(".uploader-row", has_text="60%").wait_for()
        for _ in range(300):  # until the fourth is tried, the answer to the third may be on its way
            if len(sent) > 3:
                break
            page.wait_for_timeout(100)
        page.close()

        li.page = page = li.context.new_page()
        page.on("request", lambda request: puts.append(request.url) if request.method == "PUT" else None)
        li.go(PAGE)
        left = row(page, "焊前检查")
        left.get_by_text("上次没有传完 60%").wait_for()
        choose_again(page, "焊前检查", film)
        left.get_by_role("link", name="查看视频").wait_for()
        left.get_by_text("可播放").wait_for()

    source = next(one for one in bucket.objects.filter(Prefix="private/videos/") if one.key.endswith("/source"))
    assert [re.search(r"partNumber=(\d)", url)[1] for url in puts] == ["4", "5"]
    assert hashlib.sha256(source.get()["Body"].read()).digest() == hashlib.sha256(film.read_bytes()).digest()
