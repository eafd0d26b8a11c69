"""What pages may ask of the browser, and that page and server name the moves of a face check alike."""

import json
import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from lms.faces.rules import MOVES
from lms.kernel.powers import PowersMiddleware, with_camera

SCRIPT = Path(__file__).parents[2] / "static/js/kernel/faces.js"


@pytest.mark.parametrize("path", ["/", "/my/me/", "/office/", "/nowhere/", "/api/v1/openapi.json"])
def test_pages_ask_for_no_camera(enter, path):
    assert enter("sun").get(path).headers["Permissions-Policy"] == "camera=(), microphone=()"


def test_a_page_that_takes_pictures_asks_for_the_camera_of_its_own_origin_only():
    page = PowersMiddleware(with_camera(lambda request: HttpResponse()))

    assert page(RequestFactory().get("/")).headers["Permissions-Policy"] == "camera=(self), microphone=()"


def test_the_moves_have_the_same_words_on_the_page_and_on_the_server():
    found = re.search(r"export const MOVES = (\{.*?\});", SCRIPT.read_text("utf-8"))

    assert json.loads(re.sub(r"(\w+):", r'"\1":', found[1])) == MOVES
