"""The public catalogue finds Chinese words and pinyin, counts its facets and costs the same at 5 and 50 courses."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import CourseVersion
from courses.queries.catalogue import CatalogueFilters
from courses.services.review import words_of
from lms.catalogue.models import KeyIndustry, Occupation, Trade
from lms.catalogue.services.occupations import index_occupation, load_key_industries
from lms.classes.queries import course_catalogue
from lms.kernel import clock
from lms.kernel.zh import pinyin
from tests.factories import make_class, make_course_version, make_enrolment, make_occupation

TODAY = date(2026, 6, 1)
SHELF = [
    ("电工基础与安全用电", "6-31-01-03", "电工", ()),
    ("手工电弧焊入门", "6-18-02-04", "焊工", ("电焊工", "气焊工")),
    ("养老护理员实务", "4-10-01-05", "养老护理员", ()),
    ("中式面点师（初级）", "4-03-02-02", "中式面点师", ()),
    ("叉车司机安全操作", "6-30-05-01", "起重装卸机械操作工", ("叉车司机",)),
    ("SYB创业培训", "4-01-06-01", "电子商务师", ()),
    ("照顾产妇与新生儿", "4-10-01-06", "家政服务员", ("家务服务员", "母婴护理员")),
]


def stock(root, institution, title, code, name, trades=(), **values):
    """Return a released course of an occupation with its trades."""
    occupation = make_occupation(code, name)
    for sequence, trade in enumerate(trades, 1):
        Trade.objects.get_or_create(occupation=occupation, name=trade, defaults={"sequence": sequence})
    index_occupation(occupation=occupation, name=name)
    version = make_course_version(root, institution)
    version.course.title, version.course.summary, version.course.occupation = title, "", occupation
    values |= {"title": title, "summary": "", "occupation": occupation}
    CourseVersion.objects.filter(pk=version.pk).update(words=words_of(version.course), pinyin=pinyin(title), **values)
    return version


@pytest.fixture
def shelf(cast, site_root):
    return [
        stock(site_root, cast.institution_a if place % 2 else cast.institution_b, *row)
        for place, row in enumerate(SHELF)
    ]


def found(q, **values):
    return [row.title for row in course_catalogue(CatalogueFilters(q=q, **values)).rows]


ELECTRICIAN, WELDER, CARER, COOK, FORKLIFT, SYB, NANNY = [title for title, *_ in SHELF]
QUERIES = {
    "电工": [ELECTRICIAN],
    "用电": [ELECTRICIAN],
    "安全用电": [ELECTRICIAN],
    "电工 基础": [ELECTRICIAN],
    "电弧焊": [WELDER],
    "弧焊": [WELDER],
    "焊": [WELDER],
    "焊工": [WELDER],
    "电焊": [WELDER],  # a trade
    "气焊工": [WELDER],  # a trade
    "养老护理": [CARER],
    "护理": [CARER, NANNY],  # the title before a trade
    "护理员": [CARER, NANNY],
    "母婴": [NANNY],  # a trade
    "家政": [NANNY],  # the occupation
    "月嫂": [],
    "面点": [COOK],
    "（初级）": [SYB, NANNY, FORKLIFT, COOK, CARER, WELDER, ELECTRICIAN],  # all are of this level
    "叉车": [FORKLIFT],
    "起重": [FORKLIFT],  # the occupation
    "安全": [FORKLIFT, ELECTRICIAN],
    "安全，叉车": [FORKLIFT],
    "6-18-02-04": [WELDER],
    "syb": [SYB],
    "ＳＹＢ": [SYB],  # full-width letters
    "diangong": [ELECTRICIAN],
    "dianhu": [WELDER],
    "hangong": [WELDER],
    "dianhangong": [WELDER],  # a trade
    "chache": [FORKLIFT],
    "anquan": [FORKLIFT, ELECTRICIAN],
    "anquan yongdian": [ELECTRICIAN],
    "ylhl": [CARER],  # initials
    "dg": [ELECTRICIAN],
    "qhg": [WELDER],  # initials of a trade
    "angong": [],  # no syllable begins there
    "syb创业": [SYB],
    "muyingh": [NANNY],
    "jiazheng": [NANNY],
    "工电": [WELDER],  # the pair stands in its title
    "电护": [],
    "美发": [],
}


@pytest.mark.parametrize(("q", "titles"), QUERIES.items())
def test_a_search_finds_these_courses_in_this_order(shelf, q, titles):
    if q == "（初级）":
        assert sorted(found(q)) == sorted(titles)
        assert found(q)[0] == COOK  # it says so in its title
    else:
        assert found(q) == titles


def test_a_trade_that_is_added_later_is_found_at_once(shelf):
    carer = Occupation.objects.get(code="4-10-01-05")
    assert found("陪护") == []

    Trade.objects.create(occupation=carer, name="医疗陪护员")
    index_occupation(occupation=carer, name=carer.name)

    assert found("陪护") == found("peihu") == [CARER]


def test_a_word_that_sounds_like_one_is_offered_as_pinyin(shelf):
    assert course_catalogue(CatalogueFilters(q="电弓")).sounds_like == "diangong"
    assert course_catalogue(CatalogueFilters(q="电工")).sounds_like == ""
    assert course_catalogue(CatalogueFilters(q="美发")).sounds_like == ""


def counts(result, name):
    return {value.label: value.count for value in result.facets[name]}


def test_facets_count_under_the_other_choices(shelf, cast):
    CourseVersion.objects.filter(title__in=[WELDER, COOK]).update(level=2, nature="upgrade", mode="blended")

    result = course_catalogue(CatalogueFilters(chosen={"institution": (str(cast.institution_a.uid),), "level": ("2",)}))

    assert [row.title for row in result.rows] == [COOK, WELDER]
    assert counts(result, "institution") == {"甲校": 2}  # of this level there is none of the other
    assert counts(result, "level") == {"五级/初级工": 1, "四级/中级工": 2}
    assert counts(result, "nature") == {"岗位技能提升培训": 2}
    assert counts(result, "mode") == {"线上线下结合": 2}
    assert counts(result, "occupation") == {"中式面点师": 1, "焊工": 1}


def test_several_values_of_a_facet_widen_it(shelf):
    chosen = {"occupation": ("6-31-01-03", "6-18-02-04")}

    result = course_catalogue(CatalogueFilters(chosen=chosen))

    assert [row.title for row in result.rows] == [WELDER, ELECTRICIAN]
    assert [one.label for one in result.facets["occupation"] if one.is_chosen] == ["焊工", "电工"]


def test_key_industries_are_named_even_where_nothing_is_taught(shelf):
    names = ("智慧海洋", "高端装备制造", "生物医药", "汽车制造", "影视制作")
    load_key_industries([{"code": f"i{n}", "name": name, "source": "示例"} for n, name in enumerate(names)])
    Occupation.objects.get(code="6-18-02-04").industries.set(KeyIndustry.objects.filter(code__in=["i0", "i1"]))

    result = course_catalogue(CatalogueFilters(chosen={"industry": ("i1",)}))

    assert counts(result, "industry") == {
        "智慧海洋": 1, "高端装备制造": 1, "生物医药": 0, "汽车制造": 0, "影视制作": 0,
    }  # fmt: skip
    assert [row.title for row in result.rows] == [WELDER]


def test_the_state_says_whether_a_class_is_open(shelf, cast):
    day = timedelta(days=1)
    make_class(shelf[0], cast.department, starts_on=TODAY, ends_on=TODAY + day)
    make_class(shelf[1], cast.department, starts_on=TODAY + day, ends_on=TODAY + day)
    make_class(shelf[2], cast.department, starts_on=TODAY - day, ends_on=TODAY - day)
    make_class(shelf[3], cast.department, starts_on=TODAY, ends_on=TODAY, state="closed")

    with clock.travel(datetime(2026, 6, 1, 8, tzinfo=clock.SHANGHAI)):
        result = course_catalogue(CatalogueFilters(chosen={"state": ("running", "soon")}))

    assert counts(result, "state") == {"正在开班": 1, "即将开班": 1, "暂未开班": 5}
    assert [row.title for row in result.rows] == [WELDER, ELECTRICIAN]


@pytest.mark.parametrize("state", ["running", "soon"])
def test_a_course_with_a_running_and_a_coming_class_is_both(shelf, cast, state):
    make_class(shelf[0], cast.department, starts_on=TODAY, ends_on=TODAY)
    make_class(shelf[0], cast.department, starts_on=TODAY + timedelta(days=1), ends_on=TODAY + timedelta(days=1))

    with clock.travel(datetime(2026, 6, 1, 8, tzinfo=clock.SHANGHAI)):
        result = course_catalogue(CatalogueFilters(chosen={"state": (state,)}))

    assert counts(result, "state") == {"正在开班": 1, "即将开班": 1, "暂未开班": 6}
    assert [row.title for row in result.rows] == [ELECTRICIAN]


def test_accessible_courses_can_be_chosen(shelf):
    CourseVersion.objects.filter(title=CARER).update(is_accessible=True)

    result = course_catalogue(CatalogueFilters(chosen={"accessible": ("yes",)}))

    assert counts(result, "accessible") == {"有字幕和文字描述": 1}
    assert [row.title for row in result.rows] == [CARER]


def test_sorts(shelf, cast):
    CourseVersion.objects.filter(title=CARER).update(class_hours=1)
    CourseVersion.objects.filter(title=WELDER).update(class_hours="1.5")
    training_class = make_class(shelf[0], cast.department)
    for user in (cast.wang, cast.lu):
        make_enrolment(training_class, user.person)
    make_enrolment(make_class(shelf[1], cast.department), cast.wang.person)

    assert found("", sort="newest")[:2] == [NANNY, SYB]
    assert found("", sort="hours")[:2] == [CARER, WELDER]
    assert found("", sort="learners")[:2] == [ELECTRICIAN, WELDER]
    assert found("", sort="relevance") == found("", sort="nonsense") == found("")
    assert found("护理", sort="newest") == [NANNY, CARER]


def test_nothing_found_says_what_each_condition_costs(shelf, cast):
    chosen = {"institution": (str(cast.institution_a.uid),), "level": ("1",)}

    result = course_catalogue(CatalogueFilters(q="电工", chosen=chosen))

    assert (result.total, result.without) == (0, {"q": 3, "institution": 1})


def test_a_choice_that_no_course_has_can_be_taken_off(shelf):
    result = course_catalogue(CatalogueFilters(chosen={"occupation": ("1-01-01-01",)}))

    assert result.total == 0
    assert [(one.value, one.is_chosen) for one in result.facets["occupation"] if one.is_chosen] == [
        ("1-01-01-01", True)
    ]


@pytest.mark.parametrize("sort", ["", "learners"])
def test_the_number_of_queries_does_not_grow(cast, site_root, sort):
    def cost():
        with CaptureQueriesContext(connection) as caught:
            course_catalogue(CatalogueFilters(q="焊工", sort=sort))
        return len(caught)

    for _ in range(5):
        make_course_version(site_root, cast.institution_a)
    few = cost()
    for _ in range(45):
        make_course_version(site_root, cast.institution_a)

    assert few == cost() == 3


@pytest.mark.parametrize("junk", ["'; --", "%", "_", "🙂", "x" * 500, "-1", "()", "\x00"])
def test_odd_input_is_no_fault(shelf, junk):
    course_catalogue(CatalogueFilters(q=junk, chosen={"occupation": (junk,), "level": (junk,)}, sort=junk, page=-5))


@pytest.mark.parametrize("query", ["初级工", "甲", "劳保用品", "6-18-02-04"])
def test_a_course_is_found_by_level_institution_summary_and_code(cast, site_root, query):
    version = make_course_version(site_root, cast.institution_a)

    assert [row.pk for row in course_catalogue(CatalogueFilters(q=query)).rows] == [version.pk]
