"""What a course package is: manifest, paths, the sandbox's rules. No database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.archives import PackedFile
from courses.rules.packages import (
    LARGEST_PACKAGE,
    Manifest,
    PackageRefusedError,
    clean_entry,
    content_type_of,
    package_fault,
    package_root,
    page_policy,
    parse_manifest,
    with_scripts,
)
from tests.packages import MANIFEST, changed

MEGABYTE = 1024**2


def test_a_manifest_says_title_entry_parameters_and_mastery_score():
    assert parse_manifest(MANIFEST.encode()) == Manifest("焊前检查互动课件", "pages/index.html", "lang=zh", 80)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(changed("UTF-8", "GB2312").encode("gb18030"), "pages/index.html", id="written in GBK"),
        pytest.param(MANIFEST.encode("utf-8-sig"), "pages/index.html", id="with a byte order mark"),
        pytest.param(changed("href=\"pages/index.html\"", "href=\"%E9%A1%B5/a.html\"").encode(), "页/a.html", id="escaped"),
        pytest.param(changed("<resources>", '<resources xml:base="base/">').encode(), "base/pages/index.html", id="base"),
        pytest.param(changed(' default="all"', "").encode(), "pages/index.html", id="without a default organisation"),
        pytest.param(changed(' identifierref="unit"', "").encode(), "pages/index.html", id="named by no item"),
        pytest.param(
            changed("<schema>ADL SCORM</schema><schemaversion>1.2</schemaversion>", "").encode(), "pages/index.html",
            id="a version by its namespaces only",
        ),
    ],
)  # fmt: skip
def test_what_authoring_tools_write_is_understood(text, expected):
    assert parse_manifest(text).entry == expected


@pytest.mark.parametrize(
    ("score", "expected"),
    [("80", 80), ("79.6", 80), ("0", 0), ("100", 100), ("101", None), ("nan", None), ("高", None)],
)
def test_a_mastery_score_is_a_number_from_0_to_100(score, expected):
    assert parse_manifest(changed(">80<", f">{score}<").encode()).mastery_score == expected


@given(st.binary(max_size=400))
def test_whatever_a_manifest_holds_it_is_read_or_refused(data):
    with pytest.raises(PackageRefusedError):
        parse_manifest(data)


@given(st.text(max_size=60))
def test_an_entry_never_leads_out_of_the_package(path):
    try:
        entry = clean_entry("", path)
    except PackageRefusedError:
        return

    assert not entry.startswith("/")
    assert not {"", ".", ".."} & set(entry.split("/"))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([PackedFile("a.mp4", 49 * MEGABYTE, 1)], "", id="small enough to be harmless"),
        pytest.param([PackedFile("a.mp4", 500 * MEGABYTE, 400 * MEGABYTE)], "", id="a film"),
        pytest.param([PackedFile(f"{n}.txt", MEGABYTE, 1024) for n in range(60)], "压缩比异常", id="a bomb in pieces"),
        pytest.param([PackedFile("a.mp4", LARGEST_PACKAGE + 1, LARGEST_PACKAGE)], "超过1GB", id="a byte too large"),
    ],
)
def test_a_package_has_its_limits(files, expected):
    fault = package_fault(files)

    assert (fault == "") is (expected == "")
    assert expected in fault


def test_a_package_may_lie_in_one_folder():
    assert package_root(["imsmanifest.xml", "more/imsmanifest.xml"]) == ""
    assert package_root(["课件/IMSManifest.XML", "课件/a.html"]) == "课件/"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<html><head><title>x</title>", b"<html><head>[]<title>x</title>"),
        (b'<HTML><HEAD lang="a">\n<script>', b'<HTML><HEAD lang="a">[]\n<script>'),
        (b"<!doctype html><script>", b"<!doctype html>[]<script>"),
        (b"<html><header>x", b"<html>[]<header>x"),
        (b"\xef\xbb\xbfplain", b"\xef\xbb\xbf[]plain"),
        (b"", b"[]"),
    ],
)
def test_our_scripts_stand_before_all_others(page, expected):
    assert with_scripts(page, b"[]") == expected


@given(st.binary(max_size=300))
def test_a_page_keeps_every_byte(page):
    done = with_scripts(page, b"\x00tags\x00")

    assert done.replace(b"\x00tags\x00", b"", 1) == page or b"\x00tags\x00" in page


@pytest.mark.parametrize("is_opaque", [True, False])
def test_a_package_reaches_its_own_folder_and_nothing_else(is_opaque):
    rules = page_policy(
        folder="https://kj.example.cn/scorm/t/", scripts="https://kj.example.cn/static/", parent="https://px.example.cn",
        is_opaque=is_opaque,
    ).split("; ")  # fmt: skip

    assert {"default-src 'none'", "connect-src 'none'", "form-action 'none'"} < set(rules)
    assert ("sandbox allow-scripts allow-forms" in rules) is is_opaque
    sources = [word for rule in rules for word in rule.split()[1:] if "/" in word and "ancestors" not in rule]
    assert set(sources) == {"https://kj.example.cn/scorm/t/", "https://kj.example.cn/static/"}


def test_a_file_has_the_type_of_its_ending():
    assert content_type_of("a/b.HTML") == "text/html"
    assert content_type_of("run.exe") == "application/octet-stream"
