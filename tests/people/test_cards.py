"""拍照填写: drawn cards are read whichever way they lie; what cannot be read says why; pictures go nowhere."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import ImageFilter

from lms.audit.models import AuditEntry
from lms.kernel.errors import InvalidError
from lms.people.gateways import cards as gateway
from lms.people.gateways import reader
from lms.people.gateways.cards import PhotoError, ReaderBusyError, read_picture
from lms.people.models import Person
from lms.people.rules import SHARP, CardLine, CardPicture, read_card
from tests.cast import check_digit
from tests.people.cards import NUMBER, card, encoded

NO_NETWORK = """
import runpy, socket, sys
def refuse(*a, **k): raise SystemExit("the reader asked for the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
runpy.run_module("lms.people.gateways.reader", run_name="__main__")
"""


def line(text, x, y, width=100, height=40, turn=0):
    """Return a line of a card of 1,000 x 630 that lies turned by 0, 90, 180 or 270 degrees."""
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    for _ in range(turn // 90):
        corners = [(-b, a) for a, b in corners]
    if turn == 180:
        corners = corners[2:] + corners[:2]  # the engine begins at the picture's upper left
    return CardLine(text, tuple(corners))


def lines(turn=0, name="王示例"):
    rows = [("姓名", 60, 60), (name, 170, 60), ("性别", 60, 140), ("女", 170, 140), ("民族汉", 300, 140)]
    rows += [("住址", 60, 300), ("示例区示例路", 170, 300), ("公民身份号码", 60, 530)]
    number = line(NUMBER, 330, 522, 450, turn=turn)
    return (*(line(text, x, y, turn=turn) for text, x, y in rows), number)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_name_is_found_right_of_its_label_whichever_way_the_card_lies(turn):
    facts = read_card(CardPicture(lines(turn), 500))

    assert (facts.name, facts.document_number, facts.document_type) == ("王示例", NUMBER, "resident_id")


@pytest.mark.parametrize(("first", "name"), [
    ([line("姓名欧阳示例", 60, 60, 300)], "欧阳示例"),
    ([line("姓名", 60, 60), line("阿卜杜·示例", 170, 60)], "阿卜杜·示例"),
    ([line("姓名", 60, 60), line("W4NG", 170, 60)], ""),
    ([line("姓名", 60, 60), line("性别", 170, 62)], ""),
    ([line("王示例", 170, 60)], ""),
])  # fmt: skip
def test_name_that_is_not_sure_stays_empty(first, name):
    picture = CardPicture((*first, line(f"公民身份号码{NUMBER}", 60, 530, 700)), 500)

    assert read_card(picture).name == name


def test_residence_permit_is_told_by_its_place():
    first17 = "81000019900307002"
    number = first17 + check_digit(first17)
    assert read_card(CardPicture((line(number, 0, 0, 400),), 500)).document_type == "residence_permit_hk_mo"


@pytest.mark.parametrize(("texts", "sharpness", "words"), [
    ([], 500, "没有看到身份证"),
    (["发票", "合计金额 100 元"], 500, "其他证件请手工填写"),
    ([], 1, "模糊"),
    (["姓名", "性别", "民族"], 500, "没有拍到身份证号码"),
    (["公民身份号码", NUMBER[:-1] + ("1" if NUMBER[-1] == "0" else "0")], 500, "反光"),
    (["签发机关", "有效期限2020.01.01-2040.01.01"], 500, "国徽面"),
])  # fmt: skip
def test_unreadable_picture_says_what_to_do(texts, sharpness, words):
    with pytest.raises(InvalidError) as caught:
        read_card(CardPicture(tuple(line(text, 0, 50 * n) for n, text in enumerate(texts)), sharpness))

    assert words in caught.value.fields["photo"]


@pytest.mark.usefixtures("patient_reader")
def test_drawn_card_is_read_upside_down_and_tilted():
    photo = card("赵堃喆").rotate(184, expand=True, fillcolor=(120, 100, 80)).resize((2200, 1540))

    facts = read_card(read_picture(encoded(photo, quality=70)))

    assert (facts.name, facts.document_number) == ("赵堃喆", NUMBER)


@pytest.mark.parametrize(("blur", "is_sharp"), [(0, True), (2, True), (6, False)])
def test_blur_is_measured(blur, is_sharp):
    photo = encoded(card().filter(ImageFilter.GaussianBlur(blur)))

    assert (reader.sharpness(reader.pixels(photo, gateway.MOST_PIXELS)) >= SHARP) == is_sharp


def bomb(side: int) -> bytes:
    """Return a PNG of a few bytes that says it is side x side."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    told = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(told)


@pytest.mark.parametrize("picture", [
    b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", encoded(card())[:3000], encoded(card(), "GIF"),
])  # fmt: skip
def test_what_is_no_photo_is_refused(picture):
    assert reader.read(picture, gateway.MOST_PIXELS) == {"problem": "unreadable"}


@pytest.mark.parametrize("side", [8_000, 30_000])
def test_bomb_is_refused_by_its_head(side):
    assert reader.read(bomb(side), gateway.MOST_PIXELS) == {"problem": "too_large"}


def test_refusal_of_the_reader_is_told_in_words():
    with pytest.raises(PhotoError, match="JPG"):
        read_picture(b"no picture")
    with pytest.raises(PhotoError, match="15MB"):
        read_picture(b"0" * (gateway.MOST_BYTES + 1))


def test_reader_needs_no_network_and_no_environment():
    command = [sys.executable, "-c", NO_NETWORK, str(gateway.MOST_PIXELS)]
    ended = subprocess.run(command, input=encoded(card()), capture_output=True, check=False, env={"PATH": ""})

    assert ended.returncode == 0, ended.stderr[-500:]
    assert NUMBER.encode() in ended.stdout


def test_reader_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(gateway, "READ_SECONDS", 0.01)

    with pytest.raises(ReaderBusyError, match="手工填写"):
        read_picture(encoded(card()))


def test_reader_that_dies_says_so_without_the_picture(monkeypatch, caplog):
    monkeypatch.setattr(gateway.sys, "executable", "/bin/false")

    with pytest.raises(ReaderBusyError, match="重新拍摄"):
        read_picture(b"9" * 50)
    assert "999" not in caplog.text


def test_one_at_a_time_reads(monkeypatch):
    monkeypatch.setattr(gateway, "QUEUE_SECONDS", 0)

    with gateway.turn(), pytest.raises(ReaderBusyError, match="一分钟"):
        read_picture(b"x")


def test_changed_model_stops_the_reader(monkeypatch):
    monkeypatch.setitem(reader.MODELS, "Rec", (reader.MODELS["Rec"][0], "0" * 64))

    with pytest.raises(RuntimeError, match="not the reviewed model"):
        reader.engine()


@pytest.fixture
def newcomer_page(learner):
    cache.clear()
    client = Client(enforce_csrf_checks=True)
    client.force_login(learner)
    client.get("/my/identity/")
    return client


def send(client, picture, **headers):
    photo = SimpleUploadedFile("card.jpg", picture, "image/jpeg")
    sent = {"photo": photo, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    return client.post("/my/identity/photo/?next=/my/demand/", sent, **headers)


def shown(lines_read):
    def read(picture):
        return CardPicture(lines_read, 500)

    return read


def test_page_is_prefilled_and_nothing_is_registered(newcomer_page, monkeypatch):
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(lines()))

    answer = send(newcomer_page, b"x" * 3_000_000)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="王示例"' in page
    assert f'value="{NUMBER}"' in page
    assert "逐字核对" in page
    assert 'action="/my/identity/?next=/my/demand/"' in page
    assert answer["Cache-Control"] == "no-store"
    assert not Person.objects.exists()
    entry = AuditEntry.objects.get(action="people.card_read")
    assert NUMBER not in str(entry.data)


def test_large_picture_stays_off_the_disk(newcomer_page, monkeypatch, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "nowhere"  # whoever writes there fails
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(lines()))

    assert send(newcomer_page, b"x" * 6_000_000).status_code == 200


def test_refusal_stands_at_the_photo(newcomer_page, monkeypatch):
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(()))

    answer = send(newcomer_page, b"x")

    assert answer.status_code == 422
    assert "照片里没有看到身份证" in answer.content.decode()


def test_too_large_a_picture_is_not_read_at_all(newcomer_page):
    answer = newcomer_page.generic("POST", "/my/identity/photo/", b"", CONTENT_LENGTH="99000000")

    assert answer.status_code == 413
    assert "照片太大" in answer.content.decode()


def test_photo_of_another_site_is_refused(newcomer_page):
    photo = SimpleUploadedFile("card.jpg", b"x", "image/jpeg")

    assert newcomer_page.post("/my/identity/photo/", {"photo": photo}).status_code == 403


def test_photos_are_limited(newcomer_page, monkeypatch, settings):
    settings.CARD_READING_LIMIT = "1/h/key"
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(lines()))
    send(newcomer_page, b"x")

    answer = send(newcomer_page, b"x")

    assert answer.status_code == 422
    assert "次数已达上限" in answer.content.decode()


def send_to_api(client, picture, **more):
    return client.post("/api/v1/me/identity/photo", picture, content_type="image/jpeg", **more)


def test_api_reads_a_card_and_keeps_nothing(newcomer_page, monkeypatch):
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(lines()))

    answer = send_to_api(newcomer_page, b"x" * 3_000_000, HTTP_X_CSRFTOKEN=newcomer_page.cookies["csrftoken"].value)

    assert (answer.status_code, answer.json()) == (
        200,
        {"name": "王示例", "document_type": "resident_id", "document_number": NUMBER},
    )
    assert not Person.objects.exists()
    assert NUMBER not in str(AuditEntry.objects.get(action="people.card_read").data)


def test_api_refuses_what_is_too_large_unreadable_or_from_elsewhere(newcomer_page, monkeypatch):
    token = {"HTTP_X_CSRFTOKEN": newcomer_page.cookies["csrftoken"].value}

    large = send_to_api(newcomer_page, b"x" * 15_000_001, **token)
    elsewhere = send_to_api(newcomer_page, b"x")
    monkeypatch.setattr("lms.people.services.accounts.read_picture", shown(()))
    unread = send_to_api(newcomer_page, b"x", **token)

    assert (large.status_code, large.json()["code"], set(large.json()["fields"])) == (422, "photo_unusable", {"photo"})
    assert elsewhere.status_code == 403
    assert (unread.status_code, unread.json()["code"]) == (422, "card_unreadable")


def test_api_reads_for_nobody_who_is_not_signed_in(client):
    assert send_to_api(client, b"x").status_code == 401
