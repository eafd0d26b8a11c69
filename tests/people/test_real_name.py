"""Real names: registered once, sealed, disputed through the office; consent, reveal and the pages for them."""

import threading
from datetime import date

import pytest
from django.db import connection, connections

from lms.access.queries import actor_for
from lms.audit.models import AuditEntry
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.people import services
from lms.people.models import Assurance, Consent, ConsentText, IdentityCase, IdentityCheck, Person, User
from lms.people.queries import case_rows, linked_rows, person_by_document
from lms.people.services import (
    decide_identity_case,
    load_consent_texts,
    load_person_categories,
    register_person,
    reveal_document,
    separate_account,
    store_phone,
    withdraw_consent,
)
from tests.accounts import signed_in
from tests.cast import document_number, make_user

NEW = document_number(77)
TEXT = {
    "kind": "real_name",
    "version": "2026-01",
    "title": "个人信息处理告知书",
    "body": "为认定学时，我们收集姓名和证件号码。",
    "effective_from": "2026-01-01",
}


@pytest.fixture
def consent(db):
    load_consent_texts([TEXT])
    return ConsentText.objects.get()


@pytest.fixture
def newcomer(cast, consent):
    return make_user("newcomer")


def register(user, number=NEW, **changes):
    given = {"name": "李示例", "document_type": "resident_id", "document_number": number, "consent_version": "2026-01"}
    return register_person(user=user, actor=actor_for(user), **(given | changes))


def test_person_is_sealed_checked_and_noted(newcomer):
    person = register(newcomer, NEW.lower())

    assert (person.document_number, person.assurance) == (NEW, Assurance.DECLARED)
    assert person_by_document(NEW) == person
    newcomer.refresh_from_db()
    assert newcomer.person == person
    assert IdentityCheck.objects.get(person=person).method == "checksum"
    assert Consent.objects.get(user=newcomer).text.version == "2026-01"
    entry = AuditEntry.objects.get(action="people.registered")
    assert entry.target_uid == person.uid
    assert NEW not in str(entry.data)
    with connection.cursor() as cursor:
        cursor.execute("SELECT document_number, document_index FROM people_person WHERE id = %s", [person.pk])
        sealed, index = cursor.fetchone()
    assert NEW.encode() not in bytes(sealed)
    assert NEW not in index


def test_every_wrong_field_is_named_at_once(newcomer):
    with pytest.raises(InvalidError) as caught:
        register(newcomer, "123", name="王")

    assert set(caught.value.fields) == {"name", "document_number"}
    assert not Person.objects.filter(users=newcomer).exists()


@pytest.mark.parametrize("version", ["", "2025-01"])
def test_newest_text_must_be_agreed_to(newcomer, version):
    with pytest.raises(InvalidError) as caught:
        register(newcomer, consent_version=version)

    assert caught.value.code == "consent_needed"
    assert not Consent.objects.exists()
    assert person_by_document(NEW) is None


@pytest.mark.parametrize(
    ("born", "words"),
    [
        pytest.param(None, "不含出生日期", id="a passport's number tells no age"),
        pytest.param(date(2015, 1, 1), "未满14周岁", id="too young to sign up alone"),
        pytest.param(date(1890, 1, 1), "过早", id="nobody is that old"),
        pytest.param(date(2990, 1, 1), "晚于今天", id="not born yet"),
    ],
)
def test_rule_of_age_holds_for_documents_that_do_not_tell_it(newcomer, born, words):
    with pytest.raises(InvalidError) as caught:
        register(newcomer, "E12345678", document_type="passport", birth_date=born)

    assert words in caught.value.fields["birth_date"]
    assert not Person.objects.filter(users=newcomer).exists()


def test_number_that_tells_the_birth_is_believed(newcomer):
    assert register(newcomer, birth_date=date(2015, 1, 1)).birth_date == date(1990, 3, 7)


def test_asking_twice_registers_once(newcomer):
    assert register(newcomer) == register(newcomer)
    assert IdentityCheck.objects.count() == 1


def test_account_does_not_become_somebody_else(newcomer, cast):
    person = register(newcomer)

    for number in (document_number(78), cast.wang.person.document_number):
        with pytest.raises(ConflictError) as caught:
            register(newcomer, number)
        assert caught.value.code == "already_registered"
    newcomer.refresh_from_db()
    assert newcomer.person == person
    assert not IdentityCase.objects.exists()


def take_wangs(user, cast):
    with pytest.raises(ConflictError) as caught:
        register(user, cast.wang.person.document_number)
    return caught.value


def test_taken_number_opens_one_case(newcomer, cast):
    errors = [take_wangs(newcomer, cast) for _ in range(2)]

    assert {error.code for error in errors} == {"identity_taken"}
    assert "区办" in errors[0].message
    case = IdentityCase.objects.get()
    assert (case.claimant, case.person, case.state) == (newcomer, cast.wang.person, "open")
    newcomer.refresh_from_db()
    assert newcomer.person is None
    assert AuditEntry.objects.filter(action="people.case_opened").count() == 1


def test_account_that_tries_number_after_number_is_stopped(newcomer, cast):
    numbers = [document_number(serial) for serial in range(101, 105)]
    for serial, number in enumerate(numbers):
        register(make_user(f"holder{serial}"), number)

    codes = []
    for number in numbers:
        with pytest.raises(ConflictError) as caught:
            register(newcomer, number)
        codes.append(caught.value.code)

    assert codes == ["identity_taken"] * 3 + ["too_many_cases"]
    assert IdentityCase.objects.count() == 3


def test_office_links_the_second_account(newcomer, cast):
    take_wangs(newcomer, cast)

    case = decide_identity_case(
        case=IdentityCase.objects.get(), link=True, opinion="已当面核对证件", actor=cast.actor("chen"), is_verified=True
    )

    newcomer.refresh_from_db()
    assert newcomer.person == cast.wang.person
    assert (case.state, case.decided_by) == ("linked", cast.chen)
    assert IdentityCheck.objects.get(user=newcomer).method == "office"
    assert IdentityCheck.objects.get(user=newcomer).words == "已当面核对证件"
    assert "已当面核对证件" not in str(list(AuditEntry.objects.values()))


def test_nobody_is_linked_unverified(newcomer, cast):
    take_wangs(newcomer, cast)

    with pytest.raises(InvalidError) as refused:
        decide_identity_case(
            case=IdentityCase.objects.get(), link=True, opinion="已当面核对证件", actor=cast.actor("chen")
        )

    newcomer.refresh_from_db()
    assert (refused.value.code, list(refused.value.fields)) == ("not_verified", ["verified"])
    assert (newcomer.person, IdentityCase.objects.get().state) == (None, "open")


def test_office_refuses_and_the_claimant_may_ask_again(newcomer, cast):
    take_wangs(newcomer, cast)
    decide_identity_case(
        case=IdentityCase.objects.get(), link=False, opinion="电话核实不是本人", actor=cast.actor("sun")
    )

    newcomer.refresh_from_db()
    assert newcomer.person is None
    take_wangs(newcomer, cast)
    assert sorted(IdentityCase.objects.values_list("state", flat=True)) == ["open", "rejected"]


def test_case_is_decided_once(newcomer, cast):
    take_wangs(newcomer, cast)
    case = IdentityCase.objects.get()
    decide_identity_case(case=case, link=False, opinion="电话核实不是本人", actor=cast.actor("sun"))

    with pytest.raises(ConflictError):
        decide_identity_case(case=case, link=True, opinion="改变主意要合并", actor=cast.actor("chen"), is_verified=True)

    newcomer.refresh_from_db()
    assert newcomer.person is None


@pytest.mark.parametrize("who", ["wang", "lu", "li", "zhao", "zhou", "wu"])
def test_only_the_office_decides(newcomer, cast, who):
    take_wangs(newcomer, cast)

    with pytest.raises(ForbiddenError):
        decide_identity_case(case=IdentityCase.objects.get(), link=True, opinion="已当面核对", actor=cast.actor(who))

    assert IdentityCase.objects.get().state == "open"


def test_decision_needs_an_opinion(newcomer, cast):
    take_wangs(newcomer, cast)

    with pytest.raises(InvalidError) as caught:
        decide_identity_case(case=IdentityCase.objects.get(), link=True, opinion="  好 ", actor=cast.actor("chen"))

    assert list(caught.value.fields) == ["opinion"]
    assert IdentityCase.objects.get().state == "open"


def test_full_number_is_shown_for_a_noted_reason(cast):
    number = reveal_document(person=cast.wang.person, reason="核对补贴名册", actor=cast.actor("wu"))

    assert number == cast.wang.person.document_number
    entry = AuditEntry.objects.get(action="people.document_revealed")
    assert (entry.words, entry.user, number in str(entry.data)) == ("核对补贴名册", cast.wu, False)


@pytest.mark.parametrize(
    ("who", "reason", "error"), [("wu", "看看", InvalidError), ("zhao", "核对补贴名册", ForbiddenError)]
)
def test_full_number_is_refused_otherwise(cast, who, reason, error):
    with pytest.raises(error):
        reveal_document(person=cast.wang.person, reason=reason, actor=cast.actor(who))

    assert not AuditEntry.objects.filter(action="people.document_revealed").exists()


def test_consent_is_withdrawn_by_its_giver(newcomer, cast):
    register(newcomer)
    consent = Consent.objects.get()

    with pytest.raises(NotFoundError):
        withdraw_consent(consent=consent, actor=cast.actor("lu"))
    consent.refresh_from_db()
    assert consent.withdrawn_at is None

    withdraw_consent(consent=consent, actor=actor_for(newcomer))
    assert Consent.objects.get().withdrawn_at is not None


def test_texts_and_categories_are_loaded_once(db):
    row = {"code": "A1", "name": "农村转移就业劳动者", "valid_from": "2019-01-01", "source": "示例文件"}

    assert [load_consent_texts([TEXT]), load_consent_texts([TEXT | {"body": "改"}])] == [1, 0]
    assert [load_person_categories([row]), load_person_categories([row])] == [1, 0]
    assert ConsentText.objects.get().body == TEXT["body"]


def test_follow_ups_are_in_the_same_transaction(newcomer, monkeypatch):
    monkeypatch.setattr(services.accounts, "AFTER_REGISTRATION", ["tests.people.test_real_name.break_down"])

    with pytest.raises(RuntimeError):
        register(newcomer)

    assert person_by_document(NEW) is None


def break_down(person):
    raise RuntimeError(person.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_accounts_race_for_one_number(site_root):
    load_consent_texts([TEXT])
    users = [make_user("first"), make_user("second")]
    start, outcomes = threading.Barrier(2), []

    def run(user):
        try:
            start.wait(60)
            outcomes.append(register(user).document_index)
        except ConflictError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    assert sorted(outcomes, key=lambda told: told == "identity_taken")[1] == "identity_taken"
    assert len(outcomes) == 2
    assert Person.objects.count() == 1
    assert IdentityCase.objects.count() == 1
    assert User.objects.filter(person=None).count() == 1


FORM = {"name": "李示例", "document_type": "resident_id", "document_number": NEW, "consent_version": "2026-01"}


def test_page_registers(newcomer, client):
    client.force_login(newcomer)
    page = client.get("/my/identity/").content.decode()
    assert TEXT["body"] in page
    assert 'value="2026-01"' in page

    answer = client.post("/my/identity/?next=https://evil.example/", FORM)

    assert (answer.status_code, answer["Location"]) == (302, "/my/enter/")
    done = client.get("/my/identity/").content.decode()
    assert "您已完成实名登记" in done
    assert NEW not in done
    assert "李示例" not in done


def test_page_shows_each_refusal_at_its_field(newcomer, client):
    client.force_login(newcomer)

    answer = client.post("/my/identity/", FORM | {"document_number": "123", "consent_version": ""})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "身份证号码应为18位" in page
    assert 'id="id_document_number_error"' in page
    answer = client.post("/my/identity/", {**FORM, "consent_version": ""})
    assert "请阅读并勾选同意最新版" in answer.content.decode()
    assert person_by_document(NEW) is None


def test_page_tells_of_the_case(newcomer, cast, client):
    client.force_login(newcomer)

    answer = client.post("/my/identity/", FORM | {"document_number": cast.wang.person.document_number})

    assert answer.status_code == 409
    assert "区办将在3个工作日内与您联系" in answer.content.decode()
    assert "正在由区办核查" in client.get("/my/identity/").content.decode()
    assert "区办正在核查您的实名" in client.get("/my/me/").content.decode()


def test_api_registers_and_refuses(newcomer, cast):
    app = signed_in("app", "newcomer")

    taken = app("PUT", "/api/v1/me/identity", FORM | {"document_number": cast.wang.person.document_number})
    wrong = app("PUT", "/api/v1/me/identity", FORM | {"document_number": "1"})
    right = app("PUT", "/api/v1/me/identity", FORM)

    assert (taken.status_code, taken.d["code"]) == (409, "identity_taken")
    assert (wrong.status_code, list(wrong.d["fields"])) == (422, ["document_number"])
    assert (right.status_code, right.d["document_number"]) == (200, f"{NEW[:6]}********{NEW[-4:]}")
    assert app("GET", "/api/v1/me").d["person"]["name"] == "李**"


def test_page_registers_a_passport(newcomer, client):
    client.force_login(newcomer)

    wrong = client.post("/my/identity/", FORM | {"document_type": "passport", "document_number": "E1"})
    right = client.post(
        "/my/identity/",
        FORM | {"document_type": "passport", "document_number": "e12345678", "birth_date": "1990-03-07"},
    )

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "护照号码应为5至20位" in wrong.content.decode()
    newcomer.refresh_from_db()
    assert (newcomer.person.document_number, newcomer.person.birth_date) == ("E12345678", date(1990, 3, 7))


@pytest.fixture
def open_case(newcomer, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    take_wangs(newcomer, cast)
    return IdentityCase.objects.get()


def test_office_page_lists_and_decides(open_case, cast, client):
    client.force_login(cast.chen)
    page = client.get("/office/identity-cases/").content.decode()
    number = cast.wang.person.document_number
    assert (number in page, f"{number[:6]}********" in page) == (False, True)
    path = f"/office/identity-cases/{open_case.uid}/"

    short = client.post(path, {"decision": "link", "opinion": "好"})
    unverified = client.post(path, {"decision": "link", "opinion": "已当面核对证件"})
    done = client.post(path, {"decision": "link", "opinion": "已当面核对证件", "verified": "1"})
    again = client.post(path, {"decision": "reject", "opinion": "已当面核对证件"})

    statuses = [answer.status_code for answer in (short, unverified, done, again)]
    assert statuses == [422, 422, 302, 409]
    assert "已当面核对证件</textarea>" in unverified.content.decode()
    open_case.refresh_from_db()
    assert open_case.state == "linked"


@pytest.mark.parametrize("who", ["wang", "lu", "li", "zhao", "wu"])
def test_office_page_is_closed_to_others(open_case, cast, client, who):
    client.force_login(getattr(cast, who))

    answers = [client.get("/office/identity-cases/")]
    answers.append(
        client.post(f"/office/identity-cases/{open_case.uid}/", {"decision": "link", "opinion": "已当面核对证件"})
    )

    assert {answer.status_code for answer in answers} == {403}
    open_case.refresh_from_db()
    assert open_case.state == "open"


def test_phones_of_both_sides_are_shown_once_for_a_noted_reason(open_case, cast, client):
    store_phone(open_case.claimant, "+8613800138000", verified=True)
    store_phone(cast.wang, "+8613900139000", verified=True)
    path = f"/office/identity-cases/{open_case.uid}/phones/"
    client.force_login(cast.chen)

    before = client.get("/office/identity-cases/").content.decode()
    short = client.post(path, {"reason": "看看"})
    shown = client.post(path, {"reason": "电话核实双方身份"})

    assert ("13800138000" in before, "138****8000" in before, "139****9000" in before) == (False, True, True)
    assert (short.status_code, "13800138000" in short.content.decode()) == (422, False)
    assert all(number in shown.content.decode() for number in ("13800138000", "13900139000"))
    assert shown["Cache-Control"] == "no-store"
    noted = AuditEntry.objects.get(action="people.case_phones_revealed")
    assert (noted.words, noted.target_uid) == ("电话核实双方身份", open_case.uid)


@pytest.mark.parametrize("who", ["wang", "lu", "li", "zhao", "wu"])
def test_phones_are_shown_to_nobody_else(open_case, cast, client, who):
    store_phone(open_case.claimant, "+8613800138000", verified=True)
    client.force_login(getattr(cast, who))

    answer = client.post(f"/office/identity-cases/{open_case.uid}/phones/", {"reason": "电话核实双方身份"})

    assert (answer.status_code, "13800138000" in answer.content.decode()) == (403, False)
    assert not AuditEntry.objects.filter(action="people.case_phones_revealed").exists()


def test_office_page_asks_the_same_for_many(open_case, cast, client, django_assert_num_queries):
    def lay(count):
        for _ in range(count):
            number = IdentityCase.objects.count()
            IdentityCase.objects.create(
                claimant=make_user(f"c{number}"), person=cast.wang.person, claimed_name="李示例", opened_at=clock.now()
            )

    actor = cast.actor("chen")
    case_rows(actor)  # the key of sealed columns is read once per process
    for count in (4, 45):
        lay(count)
        with django_assert_num_queries(2):
            rows = case_rows(actor)
    assert len(rows) == 50


def linked(newcomer, cast, by="chen"):
    take_wangs(newcomer, cast)
    case = IdentityCase.objects.get(state="open")
    return decide_identity_case(case=case, link=True, opinion="已当面核对证件", actor=cast.actor(by), is_verified=True)


def test_linked_account_is_signed_out_and_told(newcomer, cast, client, django_capture_on_commit_callbacks):
    app = signed_in("app", "newcomer")

    with django_capture_on_commit_callbacks(execute=True):
        linked(newcomer, cast)

    assert app("GET", "/api/v1/me").status_code == 401
    assert IdentityCheck.objects.get(user=newcomer).words == "已当面核对证件"
    client.force_login(User.objects.get(pk=newcomer.pk))
    assert "确认您的两个账号是同一人" in client.get("/my/identity/").content.decode()


def test_link_is_undone_by_somebody_else_as_a_new_step(newcomer, cast, django_capture_on_commit_callbacks):
    case = linked(newcomer, cast)
    app = signed_in("app", "newcomer")

    with pytest.raises(ForbiddenError) as refused:
        separate_account(case=case, opinion="持证人来电否认", actor=cast.actor("chen"))
    with django_capture_on_commit_callbacks(execute=True):
        step = separate_account(case=case, opinion="持证人来电否认", actor=cast.actor("sun"))

    newcomer.refresh_from_db()
    case.refresh_from_db()
    assert refused.value.code == "four_eyes"
    assert newcomer.person is None
    assert (case.state, case.words, case.decided_by) == ("linked", "已当面核对证件", cast.chen)
    assert (step.state, step.words, step.decided_by) == ("separated", "持证人来电否认", cast.sun)
    assert [(one.passed, one.words) for one in IdentityCheck.objects.filter(user=newcomer).order_by("pk")] == [
        (True, "已当面核对证件"),
        (False, "持证人来电否认"),
    ]
    assert AuditEntry.objects.filter(action="people.account_separated").exists()
    assert app("GET", "/api/v1/me").status_code == 401


def test_undone_link_is_not_undone_again_and_may_be_made_again(newcomer, cast):
    case = linked(newcomer, cast)
    separate_account(case=case, opinion="持证人来电否认", actor=cast.actor("sun"))

    with pytest.raises(ConflictError):
        separate_account(case=case, opinion="持证人来电否认", actor=cast.actor("sun"))
    again = linked(newcomer, cast, by="sun")

    newcomer.refresh_from_db()
    assert newcomer.person == cast.wang.person
    assert [row.uid for row in linked_rows(cast.actor("chen"))] == [again.uid]


@pytest.mark.parametrize("who", ["wang", "lu", "li", "zhao", "zhou", "wu"])
def test_only_the_office_undoes(newcomer, cast, who):
    case = linked(newcomer, cast)

    with pytest.raises(ForbiddenError):
        separate_account(case=case, opinion="持证人来电否认", actor=cast.actor(who))

    newcomer.refresh_from_db()
    assert newcomer.person == cast.wang.person


def test_office_page_undoes_with_a_reason(newcomer, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    case = linked(newcomer, cast)
    path = f"/office/identity-cases/{case.uid}/separate/"
    client.force_login(cast.chen)
    own = client.get("/office/identity-cases/").content.decode()
    client.force_login(cast.sun)

    short = client.post(path, {"opinion": "错"})
    done = client.post(path, {"opinion": "持证人来电否认"})

    assert ("须由另一位工作人员办理" in own, path in own) == (True, False)
    assert (short.status_code, done.status_code) == (422, 302)
    assert "请写明撤销合并的理由" in short.content.decode()
    client.force_login(User.objects.get(pk=newcomer.pk))
    assert "撤销账号合并" in client.get("/my/identity/").content.decode()


def test_refused_claimant_reads_what_to_do(newcomer, cast, client):
    take_wangs(newcomer, cast)
    decide_identity_case(
        case=IdentityCase.objects.get(), link=False, opinion="电话核实不是本人", actor=cast.actor("sun")
    )
    client.force_login(newcomer)

    page = client.get("/my/identity/").content.decode()

    assert "没有确认您与该证件的持有人是同一人" in page
    assert "电话核实不是本人" not in page


def test_links_are_listed_by_one_query(newcomer, cast, django_assert_num_queries):
    actor = cast.actor("chen")
    linked_rows(actor)
    for count in (5, 45):
        for _ in range(count):
            user = make_user(f"l{User.objects.count()}", cast.wang.person)
            values = {"claimed_name": "李示例", "state": "linked", "decided_at": clock.now(), "decided_by": cast.sun}
            IdentityCase.objects.create(claimant=user, person=cast.wang.person, **values)
        with django_assert_num_queries(1):
            rows = linked_rows(actor)
    assert len(rows) == 50
