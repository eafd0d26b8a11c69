"""When a course may carry the accessible badge."""

import pytest

from courses.rules.accessibility import FilmFacts, LessonFacts, accessible_problems


@pytest.mark.parametrize(
    ("lesson", "problems"),
    [
        pytest.param(LessonFacts("看片", "video", ("zh-Hans",)), 0, id="a film with Chinese subtitles"),
        pytest.param(LessonFacts("看片", "video", ("en", "zh-Hant")), 0, id="Chinese of any script"),
        pytest.param(LessonFacts("看片", "video", ("en", "zha")), 1, id="other languages are not enough"),
        pytest.param(LessonFacts("看片", "video"), 1, id="a film without subtitles"),
        pytest.param(LessonFacts("读文", "article"), 0, id="a text"),
        pytest.param(
            LessonFacts("读文", "article", wordless_pictures=("图一", "图二")), 2, id="two pictures in no words"
        ),
        pytest.param(
            LessonFacts(
                "读文", "article", films=(FilmFacts("一", ("zh-Hans",)), FilmFacts("二", ("en",)), FilmFacts("三"))
            ),
            2,
            id="two films of a text without Chinese subtitles",
        ),
        pytest.param(LessonFacts("测一测", "quiz"), 0, id="a quiz"),
        pytest.param(LessonFacts("课件", "package"), 1, id="what nobody can look into"),
    ],
)
def test_a_lesson(lesson, problems):
    found = accessible_problems([lesson])

    assert len(found) == problems
    assert all(sentence.startswith(f"课时“{lesson.title}”：") for sentence in found)


def test_every_lesson_is_asked():
    found = accessible_problems([LessonFacts("一", "video"), LessonFacts("二", "article"), LessonFacts("三", "video")])

    assert [sentence[:5] for sentence in found] == ["课时“一”", "课时“三”"]
