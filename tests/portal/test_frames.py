"""Where staff begin, what their navigation offers, and how a refusal leads back."""

import pytest
from django.urls import reverse

from courses.models import CourseSubmission
from lms.people.models import IdentityCase
from tests.factories import make_course

WHERE = {
    "wang": "/my/",
    "li": "/cms/",
    "zhao": "/institution/",
    "sun": "/office/",
    "chen": "/office/",
    "zhou": "/office/",
    "wu": "/office/",
}
DECIDED_BY_OFFICE = ("课程审核", "职业目录", "实名核查")


@pytest.mark.parametrize(("who", "place"), WHERE.items())
def test_signing_in_leads_to_where_one_works(enter, who, place):
    answer = enter(who).get("/my/enter/")

    assert (answer.status_code, answer["Location"]) == (302, place)


@pytest.mark.parametrize(
    ("who", "places"),
    [
        ("wang", []),
        ("li", ["/institution/", "/cms/"]),
        ("zhao", ["/institution/", "/cms/"]),
        ("chen", ["/office/"]),
        ("wu", ["/office/"]),
    ],
)
def test_a_phone_finds_the_workspace_on_the_own_page(enter, who, places):
    text = enter(who).get("/my/me/").text.partition("<main")[2]

    assert [place for place in ("/institution/", "/cms/", "/office/") if f'href="{place}"' in text] == places


@pytest.mark.parametrize(("who", "offered"), [("chen", True), ("sun", True), ("zhou", False), ("wu", False)])
def test_navigation_offers_only_what_opens(enter, who, offered):
    client = enter(who)
    page = client.get("/office/")

    items = page.context["nav"]
    assert [item.label in DECIDED_BY_OFFICE for item in items].count(True) == (3 if offered else 0)
    assert {client.get(item.url).status_code for item in items} == {200}


@pytest.mark.parametrize(
    "name", ["office_reviews", "office_completion", "office_exports", "identity_cases", "office_policies"]
)
def test_every_page_of_the_office_stands_in_the_same_frame(enter, name):
    text = enter("chen").get(reverse(name)).text

    assert 'aria-label="培训监管导航"' in text
    assert text.count('aria-current="page"') == 2  # in the site's navigation and in the office's


def test_what_waits_stands_at_the_desk_and_in_the_navigation(enter, cast, site_root):
    course = make_course(site_root, cast.institution_a, title="焊工夜班课程")
    CourseSubmission.objects.create(course=course, submitted_by=cast.li)
    IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王小芳")

    page = enter("chen").get("/office/")

    counts = {"office_classes": 0, "office_reviews": 1, "identity_cases": 1}
    counts |= {"office_anomalies": 0, "office_faces": 0, "office_appeals": 0, "person_merges": 0, "office_accounts": 0}
    counts |= {"office_institutions": 0}
    assert page.context["waiting_counts"] == counts
    assert "焊工夜班课程" in page.text
    assert "王小芳" in page.text
    assert "王小芳" not in enter("wu").get("/office/").text


def test_an_address_for_posting_opened_in_a_browser_says_so_and_leads_back(enter, cast):
    case = IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王芳")
    address = reverse("decide_identity_case", args=[case.uid])

    answer = enter("chen").get(address, headers={"Referer": "http://testserver/office/identity-cases/?page=2"})

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "不能直接打开" in answer.text
    assert 'href="/office/identity-cases/?page=2"' in answer.text


@pytest.mark.parametrize("referer", ["https://evil.example/office/", "", "javascript:alert(1)"])
def test_the_way_back_never_leads_elsewhere(enter, cast, referer):
    case = IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王芳")

    answer = enter("chen").get(reverse("decide_identity_case", args=[case.uid]), headers={"Referer": referer})

    assert "返回刚才的页面" not in answer.text


def test_whoever_posts_without_a_session_signs_in_to_the_page_and_not_to_the_deed(client, cast):
    case = IdentityCase.objects.create(claimant=cast.lu, person=cast.wang.person, claimed_name="王芳")

    answer = client.post(
        reverse("decide_identity_case", args=[case.uid]),
        headers={"Referer": "http://testserver/office/identity-cases/"},
    )

    assert answer["Location"] == "/accounts/login/?next=/office/identity-cases/"
