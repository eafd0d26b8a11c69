"""Pictures of lessons: scaled ones are public, originals and everything else in the storage are not."""

from __future__ import annotations

import pytest
from django.core.files.images import ImageFile
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(site_root):
    from wagtail.models import Collection

    collection = Collection.get_first_root_node() or Collection.add_root(name="Root")
    file = ImageFile(get_test_image_file().file, name="welder.png")
    return get_image_model().objects.create(title="焊工", file=file, collection=collection)


def test_scaled_picture_is_public(client, image):
    rendition = image.get_rendition("width-100")

    answer = client.get(rendition.url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert b"".join(answer.streaming_content) == rendition.file.open().read()


def test_original_is_not(client, image):
    assert client.get(image.file.url).status_code == 404


@pytest.mark.parametrize("name", ["..", "nothing.png", "../original_images/welder.png", "notes.html", ".png"])
def test_nothing_else_is_found(client, image, name):
    assert client.get(f"/media/images/{name}").status_code == 404
