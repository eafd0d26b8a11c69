"""What a folder of files becomes, and which archives are not opened at all."""

import pytest

from courses.rules.archives import (
    FREE_BYTES,
    MOST_FILES,
    PackedFile,
    archive_fault,
    clean_path,
    decoded_name,
    natural_key,
    plain_title,
    plan_of,
)


def files(*paths, size=10):
    return [PackedFile(path, size, size) for path in paths]


def outline(*paths, name="电焊"):
    return [
        (section.title, [one.title for one in section.lessons])
        for section in plan_of(files(*paths), name=name).sections
    ]


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        pytest.param(["b.mp4", "a.md"], [("电焊", ["a", "b"])], id="no folder: the archive's name"),
        pytest.param(["焊/1.mp4", "焊/2.mp4"], [("焊", ["1", "2"])], id="one folder is a section"),
        pytest.param(
            ["课程/第二章/x.mp4", "课程/第一章/y.mp4"],
            [("第一章", ["y"]), ("第二章", ["x"])],
            id="a folder of folders is no section",
        ),
        pytest.param(
            ["课/01 前言.txt", "课/02 实操/10、收弧.mp4", "课/02 实操/9、运条.mp4"],
            [("课", ["前言"]), ("实操", ["运条", "收弧"])],
            id="numbers order, then go",
        ),
        pytest.param(["课/甲/一/a.mp4", "课/甲/b.mp4"], [("甲", ["b"]), ("甲 / 一", ["a"])], id="deeper folders"),
        pytest.param(["a.mp4", "__MACOSX/a.mp4", ".DS_Store", "x/Thumbs.db"], [("电焊", ["a"])], id="rubbish"),
    ],
)  # fmt: skip
def test_folders_become_sections_and_files_lessons_in_order(paths, wanted):
    assert outline(*paths) == wanted


def test_the_order_is_that_of_people():
    names = ["第十章", "第九章", "第二十一章", "2 乙", "10 丙", "1 甲"]

    assert sorted(names, key=natural_key) == ["1 甲", "2 乙", "10 丙", "第九章", "第十章", "第二十一章"]


@pytest.mark.parametrize(
    ("name", "title"),
    [("01-安全", "安全"), ("3. 引弧", "引弧"), ("(2) 收弧", "收弧"), ("01", "01"), ("2026年新规", "2026年新规")],
)
def test_a_number_before_a_title_goes(name, title):
    assert plain_title(name) == title


def test_a_subtitle_belongs_to_the_film_of_its_name():
    plan = plan_of(files("焊/1.mp4", "焊/1.srt", "焊/9.vtt"), name="x")

    assert plan.sections[0].lessons[0].subtitle == "焊/1.srt"
    assert [(line.path, line.error[:11]) for line in plan.errors] == [("焊/9.vtt", "没有与字幕同名的视频。")]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (PackedFile("a/b.zip", 10), "还有压缩包"),
        (PackedFile("a.mp4", 0), "文件是空的"),
        (PackedFile("a.mp4", 3 * 1024**3), "超过2GB"),
        (PackedFile("a.txt", 3 * 1024**2), "超过2MB"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(one, words):
    plan = plan_of([one], name="x")

    assert [words in line.error for line in plan.lines] == [True]
    assert plan.sections == []


def test_what_is_no_lesson_is_named_and_left_out():
    lines = plan_of(files("a.mp4", "b.pdf"), name="x").lines

    assert [(line.path, line.becomes, line.error) for line in lines] == [
        ("a.mp4", "视频课时“a”", ""),
        ("b.pdf", "不导入（只导入视频、文字和字幕）", ""),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param([], "没有文件", id="empty"),
        pytest.param(files(*(f"{n}.txt" for n in range(MOST_FILES + 1))), "超过2000个", id="too many"),
        pytest.param([PackedFile("a", 21 * 1024**3, 21 * 1024**3)], "超过20GB", id="too large"),
        pytest.param([PackedFile("a", 1, 1, is_secret=True)], "设有密码", id="a password"),
        pytest.param([PackedFile("a", 1, 1, is_inflatable=False)], "不支持的压缩方式", id="another method"),
        pytest.param([PackedFile("a", 1, 1, is_link=True)], "不安全", id="a link"),
        pytest.param([PackedFile("", 1, 1)], "不安全", id="a path outside"),
        pytest.param([PackedFile("a", FREE_BYTES + 1, 1000)], "恶意文件", id="a bomb"),
    ],
)
def test_a_dangerous_archive_is_not_opened(given, words):
    assert words in archive_fault(given)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a\\b.mp4", "a/b.mp4"), ("./a//b", "a/b"), ("../a", ""), ("a/../../b", ""), ("/etc/passwd", ""), ("C:\\a", "")],
)
def test_no_path_leads_outside(path, wanted):
    assert clean_path(path) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_name_without_the_flag_is_read_as_it_was_written(encoding):
    assert decoded_name("第一章/焊接.mp4".encode(encoding).decode("cp437"), is_utf8=False) == "第一章/焊接.mp4"
