"""The office publishes a catalogue from a sheet: tried first, all rows or none, and the year's list becomes the sheet's."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from lms.audit.models import AuditEntry
from lms.catalogue.models import CatalogueEntry
from lms.catalogue.queries import entries_of, published_years
from lms.catalogue.services.occupations import load_key_industries
from lms.catalogue.services.published import COLUMNS, import_entries
from lms.kernel.errors import ForbiddenError
from lms.kernel.sheets import Column, write_workbook
from tests.factories import make_course_version, make_occupation

WELDER = (2026, "焊工", "6-18-02-04", "五级/初级工", "智慧海洋", "非常紧缺", "示例文件", "2026-03-01", "")
TEACHER = (2026, "药物制剂技术", "", "", "", "", "示例文件", "2026-03-01", "专业")


def sheet(*rows):
    return write_workbook([Column(name) for name in COLUMNS], rows, title="目录")


@pytest.fixture
def bring(cast):
    make_occupation()
    load_key_industries([{"code": "marine", "name": "智慧海洋", "source": "示例"}])

    def do(*rows, kind="shortage", dry_run=False, who="sun"):
        report = import_entries(
            kind=kind, name="目录.xlsx", content=sheet(*rows), dry_run=dry_run, actor=cast.actor(who)
        )
        return (report.added, report.changed, report.removed, report.unchanged), report.errors

    return do


def test_rows_are_published_with_year_source_and_date(bring):
    assert bring(WELDER, TEACHER) == ((2, 0, 0, 0), [])

    assert [
        (one.year, one.name, one.occupation and one.occupation.code, one.level, one.degree, one.document, one.published_on)
        for one in entries_of("shortage", 2026).order_by("pk")
    ] == [
        (2026, "焊工", "6-18-02-04", 1, "very_short", "示例文件", date(2026, 3, 1)),
        (2026, "药物制剂技术", None, None, "", "示例文件", date(2026, 3, 1)),
    ]  # fmt: skip
    assert not entries_of("general", 2026).exists()
    assert AuditEntry.objects.filter(action="catalogue.published").count() == 1


def test_a_year_becomes_what_the_sheet_says_and_other_years_stay(bring):
    bring(WELDER, TEACHER)
    bring((2025, *TEACHER[1:]))
    bring(TEACHER, kind="general")

    assert bring((*WELDER[:5], "紧缺", *WELDER[6:]), (2026, "电工", *TEACHER[2:])) == ((1, 1, 1, 0), [])

    assert {one.name for one in entries_of("shortage", 2026)} == {"焊工", "电工"}
    assert published_years("shortage") == [2026, 2025]
    assert entries_of("general", 2026).count() == 1


def test_the_same_sheet_again_changes_nothing(bring):
    bring(WELDER, TEACHER)

    assert bring(WELDER, TEACHER) == ((0, 0, 0, 2), [])


def test_a_dry_run_counts_and_writes_nothing(bring):
    assert bring(WELDER, dry_run=True) == ((1, 0, 0, 0), [])

    assert not CatalogueEntry.objects.exists()
    assert not AuditEntry.objects.filter(action="catalogue.published").exists()


@pytest.mark.parametrize(
    ("place", "value", "column"),
    [
        (0, "去年", "年度"),
        (0, "", "年度"),
        (1, "", "名称"),
        (1, "长" * 61, "名称"),
        (2, "9-99-99-99", "职业编码"),
        (3, "十级", "等级"),
        (4, "造船", "重点产业"),
        (5, "一点", "紧缺程度"),
        (6, "", "来源文件"),
        (7, "昨天", "发布日期"),
        (7, "", "发布日期"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(bring, place, value, column):
    row = [*WELDER]
    row[place] = value

    counts, errors = bring(TEACHER, row)

    assert [(error.number, error.column) for error in errors] == [(3, column)]
    assert counts == (0, 0, 0, 0)
    assert not CatalogueEntry.objects.exists()


def test_a_line_twice_is_named(bring):
    _, errors = bring(WELDER, TEACHER, WELDER)

    assert [(error.number, error.sentence) for error in errors] == [(4, "与第2行重复，请删除其中一行。")]


@pytest.mark.parametrize("who", ["zhao", "li", "zhou", "wu", "wang", "feng"])
def test_only_the_office_publishes(bring, who):
    with pytest.raises(ForbiddenError):
        bring(WELDER, who=who)


def rows_of(client, path):
    sheet = load_workbook(io.BytesIO(client.get(path).content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_everybody_reads_it_as_a_page_and_as_a_sheet(bring, client):
    bring(WELDER, TEACHER)

    page = client.get("/catalogues/shortage/").content.decode()
    rows = rows_of(client, "/catalogues/shortage/catalogue.xlsx?year=2026")

    assert all(word in page for word in ("药物制剂技术", "6-18-02-04", "示例文件", "2026-03-01", "不分等级"))
    assert rows[3][:3] == ["专业或职业（工种）", "职业编码", "等级"]
    assert {row[0] for row in rows[4:]} == {"焊工", "药物制剂技术"}


@pytest.mark.parametrize("slug", ["shortage", "general", "demand", "institutions"])
def test_an_empty_catalogue_is_a_page_too(db, client, slug):
    assert client.get(f"/catalogues/{slug}/?year=abcd").status_code == 200
    assert client.get(f"/catalogues/{slug}/catalogue.xlsx").status_code == 200


def test_institutions_are_listed_by_what_they_released(cast, site_root, client):
    make_course_version(site_root, cast.institution_a)
    make_course_version(site_root, cast.institution_a)
    make_course_version(site_root, cast.institution_b)

    rows = rows_of(client, "/catalogues/institutions/catalogue.xlsx")

    assert sorted(rows[4:]) == [
        ["示例职业培训学校乙", None, "6-18-02-04", "焊工", "五级/初级工", 1],
        ["示例职业培训学校甲", None, "6-18-02-04", "焊工", "五级/初级工", 2],
    ]


def upload(client, content, **fields):
    file = io.BytesIO(content)
    file.name = "目录.xlsx"
    return client.post("/office/published/", {"kind": "shortage", "step": "try", "file": file, **fields})


def test_what_was_tried_is_imported_without_choosing_it_again(bring, client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.sun)

    tried = upload(client, sheet(WELDER))
    assert not CatalogueEntry.objects.exists()
    kept = str(tried.context["kept"])
    assert kept in tried.content.decode()
    done = client.post("/office/published/", {"kind": "shortage", "step": "import", "kept": kept})

    assert "已经公布" in done.content.decode()
    assert CatalogueEntry.objects.count() == 1


def test_a_colleagues_kept_sheet_is_not_found(bring, client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.sun)
    kept = str(upload(client, sheet(WELDER)).context["kept"])
    client.force_login(cast.chen)

    answer = client.post("/office/published/", {"kind": "shortage", "step": "import", "kept": kept})

    assert (answer.status_code, CatalogueEntry.objects.count()) == (422, 0)


def test_a_sheet_with_errors_cannot_be_imported(bring, client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.sun)

    answer = upload(client, sheet((*WELDER[:3], "十级", *WELDER[4:])))

    assert (answer.status_code, answer.context["kept"]) == (422, None)
    assert "第2行" in answer.content.decode()


def test_a_file_is_asked_for_where_none_was_kept(bring, client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.sun)

    answer = client.post("/office/published/", {"kind": "shortage", "step": "import"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
