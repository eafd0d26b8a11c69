"""The embedded engine on photographs: one person is one, two are two; what cannot be used is refused with a reason."""

from __future__ import annotations

import threading
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageOps

from lms.faces.gateways import embedded
from lms.faces.gateways.contract import PictureError
from lms.faces.gateways.embedded import EmbeddedFaces, WeightsError, weights
from tests.faces.photos import photos
from tests.faces.terms import TERMS

engine = EmbeddedFaces()


def score(one: str, other: str) -> float:
    pictures = photos()
    return engine.similarity(*(engine.portrait(pictures[name], TERMS).template for name in (one, other)))


def encoded(image: Image.Image, **options) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=90, **options)
    return out.getvalue()


def picture(name: str) -> Image.Image:
    return Image.open(BytesIO(photos()[name])).convert("RGB")


@pytest.mark.parametrize(("one", "other"), [("person_a_1", "person_a_2"), ("person_b_1", "person_b_2")])
def test_two_photos_of_one_person_pass(one, other):
    assert score(one, other) >= TERMS.pass_score


@pytest.mark.parametrize("one", ["person_a_1", "person_a_2", "impostor_1"])
@pytest.mark.parametrize("other", ["person_b_1", "person_b_2", "impostor_2"])
def test_photos_of_two_people_fail(one, other):
    assert score(one, other) < TERMS.unclear_score


def test_photo_that_lies_on_its_side_is_stood_up_by_its_note():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    lying = encoded(picture("person_b_1").rotate(90, expand=True), exif=exif)

    upright = engine.portrait(photos()["person_b_1"], TERMS)
    assert engine.similarity(engine.portrait(lying, TERMS).template, upright.template) > 0.9


def test_mirrored_head_is_turned_to_the_other_side():
    turned = engine.portrait(photos()["person_a_2"], TERMS)
    mirrored = engine.portrait(encoded(ImageOps.mirror(picture("person_a_2"))), TERMS)

    assert turned.turn < -0.05
    assert mirrored.turn == pytest.approx(-turned.turn, abs=0.05)


def test_colours_reach_the_network_in_the_order_it_was_trained_on():
    assert score("person_a_1", "person_a_2") > 0.55  # 0.57; 0.53 with red and blue exchanged
    assert score("person_b_1", "person_b_2") > 0.76  # 0.78; 0.74


def cut(left: float, top: float, right: float, bottom: float) -> Image.Image:
    whole = picture("person_b_1")
    width, height = whole.size
    return whole.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def test_tight_small_crop_gets_a_rim():
    small = encoded(cut(0.3, 0.17, 0.7, 0.6).resize((200, 240)))

    whole = engine.portrait(photos()["person_b_1"], TERMS)
    assert engine.similarity(engine.portrait(small, TERMS).template, whole.template) >= 0.8


def refused(content: bytes, **changes) -> PictureError:
    with pytest.raises(PictureError) as caught:
        engine.portrait(content, replace(TERMS, **changes))
    return caught.value


def test_two_faces_in_one_picture_are_refused():
    one, other = (picture(name).resize((300, 300)) for name in ("person_b_1", "person_b_2"))
    both = Image.new("RGB", (600, 300))
    both.paste(one, (0, 0))
    both.paste(other, (300, 0))

    assert refused(encoded(both)).code == "many_faces"


def test_small_face_is_refused():
    assert refused(photos()["person_b_1"], least_face_pixels=600).code == "face_small"


def test_face_that_leaves_the_picture_is_refused():
    assert refused(encoded(cut(0.43, 0, 1, 1))).code == "face_cut"


def test_picture_without_a_face_is_refused():
    assert refused(encoded(Image.new("RGB", (640, 480), "grey"))).code == "no_face"


def test_dark_picture_is_told_from_one_without_a_face():
    assert refused(encoded(Image.new("RGB", (640, 480), (12, 10, 9)))).code == "too_dark"


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken", b"<svg/>"])
def test_what_is_no_picture_is_refused(content):
    assert "JPG、PNG 或 WebP" in refused(content).message


def test_too_many_bytes_are_refused_unread():
    assert "2MB" in refused(b"x" * 2_000_001).message


def test_too_many_pixels_are_refused_by_the_head_of_the_file(monkeypatch):
    small = encoded(Image.effect_noise((200, 100), 20))
    monkeypatch.setattr(embedded.ImageOps, "exif_transpose", lambda image: pytest.fail("was decoded"))

    assert "尺寸过大" in refused(small, most_pixels=19_999).message


def test_other_weights_are_refused(monkeypatch):
    name = next(iter(embedded.WEIGHTS))
    monkeypatch.setitem(embedded.WEIGHTS, name, "0" * 64)

    with pytest.raises(WeightsError):
        weights(name)


def test_every_thread_has_networks_of_its_own():
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(embedded.networks())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len({id(network) for pair in seen for network in pair}) == 4
    assert embedded.networks() is embedded.networks()
