"""What a library stumbles over is told in the same words as a refusal of ours."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError
from django.urls import reverse
from wagtail.images.tests.utils import get_test_image_file

from courses.services.tree import collection_of
from lms.portal.middleware import refusal_of


def answered(status):
    return ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(EndpointConnectionError(endpoint_url="https://s3.example"), "storage_down", id="no line"),
        pytest.param(answered(503), "storage_down", id="it says that it cannot"),
        pytest.param(answered(403), None, id="it says that we may not: our own fault"),
        pytest.param(DataError("NUL"), "data_unreadable", id="what no database takes"),
        pytest.param(RuntimeError("a bug"), None, id="a bug of ours"),
    ],
)
def test_what_others_stumble_over_has_our_words(fault, code):
    refusal = refusal_of(fault)

    assert (refusal.code if refusal else None) == code


def test_a_picture_for_a_storage_that_is_away_is_refused_in_words(client, cast, settings, monkeypatch):
    def away(name, content, max_length=None):
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.li)
    monkeypatch.setattr(storages["default"], "save", away)

    file = SimpleUploadedFile("焊枪.png", get_test_image_file().file.getvalue(), "image/png")

    form = {"title": "焊枪", "collection": collection_of(cast.institution_a).pk, "tags": "", "file": file}
    answer = client.post(reverse("wagtailimages:add"), form)

    assert answer.status_code == 503
    assert "文件存储暂时没有响应" in answer.text
