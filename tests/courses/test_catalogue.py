"""The public catalogue finds Chinese words, counts its facets and costs the same at 5 and 50 courses."""

from __future__ import annotations

import pytest

from courses.models import CourseVersion
from courses.queries.catalogue import CatalogueFilters, catalogue
from lms.catalogue.models import Trade
from tests.factories import make_course_version, make_occupation

TITLES = ["电工基础与安全用电", "手工电弧焊入门", "养老护理员实务", "中式面点师（初级）", "叉车司机安全操作"]


@pytest.fixture
def shelf(cast, site_root):
    def fill(count: int = len(TITLES)):
        for n in range(count):
            version = make_course_version(site_root, cast.institution_a if n % 2 else cast.institution_b)
            title = TITLES[n % len(TITLES)]
            from lms.kernel.zh import bigrams

            CourseVersion.objects.filter(pk=version.pk).update(title=title, words=f" {bigrams(title)} {title} ")

    return fill


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("电工", "电工基础与安全用电"),
        ("安全用电", "电工基础与安全用电"),
        ("用电", "电工基础与安全用电"),
        ("电弧焊", "手工电弧焊入门"),
        ("弧焊", "手工电弧焊入门"),
        ("焊", "手工电弧焊入门"),
        ("护理", "养老护理员实务"),
        ("养老 实务", "养老护理员实务"),
        ("面点", "中式面点师（初级）"),
        ("叉车", "叉车司机安全操作"),
        ("安全操作", "叉车司机安全操作"),
    ],
)
def test_chinese_words_are_found(shelf, query, found):
    shelf()

    assert found in [row.title for row in catalogue(CatalogueFilters(q=query)).rows]


def test_what_is_not_there_is_not_found(shelf):
    shelf()

    assert catalogue(CatalogueFilters(q="美发")).total == 0
    assert catalogue(CatalogueFilters(q="电护")).total == 0


def test_facets_count_under_the_other_choices(shelf, cast):
    shelf()
    chosen = CatalogueFilters(institution=str(cast.institution_a.uid))

    result = catalogue(chosen)

    assert result.total == 2
    assert {value.label: value.count for value in result.facets["institution"]} == {"甲校": 2, "乙校": 3}
    assert [value.count for value in result.facets["level"]] == [2]


def test_the_number_of_queries_does_not_grow(shelf, django_assert_num_queries):
    shelf(5)
    with django_assert_num_queries(5):
        catalogue(CatalogueFilters())
    shelf(45)
    with django_assert_num_queries(5):
        catalogue(CatalogueFilters())


@pytest.mark.parametrize("junk", ["'; --", "%", "_", "🙂", "x" * 500, "-1"])
def test_odd_input_is_no_fault(shelf, junk):
    shelf()

    catalogue(CatalogueFilters(q=junk, occupation=junk, level=junk, institution=junk, page=-5))


QUERIES = {
    "电工": 1, "用电": 1, "安全用电": 1, "电工基础": 1, "电弧焊": 1, "手工": 1, "手工电弧焊": 1, "焊": 1, "护理": 1,
    "护理员": 1, "养老": 1, "养老护理": 1, "面点": 1, "面点师": 1, "中式": 1, "中式面点": 1, "初级": 1, "叉车": 1,
    "司机": 1, "叉车司机": 1, "安全操作": 1, "安全": 2, "入门": 1, "实务": 1, "基础": 1, "电工 安全": 1, "安全，叉车": 1,
    "美容": 0, "护士": 0, "焊工": 0, "工电": 1,
}  # fmt: skip


@pytest.mark.parametrize(("q", "count"), QUERIES.items())
def test_chinese_words_are_found_inside_titles(shelf, q, count):
    shelf()

    assert catalogue(CatalogueFilters(q=q)).total == count


@pytest.mark.parametrize("query", ["电焊", "初级工", "甲", "劳保用品", "6-18-02-04"])
def test_a_course_is_found_by_trade_level_institution_summary_and_code(cast, site_root, query):
    occupation = make_occupation()
    Trade.objects.create(occupation=occupation, name="电焊工")
    version = make_course_version(site_root, cast.institution_a)

    assert [row.pk for row in catalogue(CatalogueFilters(q=query)).rows] == [version.pk]
