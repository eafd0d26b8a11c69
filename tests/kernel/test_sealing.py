"""Sealed columns: both suites, bound to their row, readable through a rotation of keys."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel import sealing
from lms.kernel.models import DataKey
from lms.people.models import Person
from tests.cast import document_number, make_person

SUITES = pytest.mark.parametrize(
    "suite", [pytest.param(sealing.AES, id="AES-256-GCM"), pytest.param(sealing.SM4, id="SM4-GCM")]
)


@given(data=st.binary(max_size=200), bound_to=st.binary(max_size=60), suite=st.sampled_from([1, 2]))
def test_opens_only_what_was_closed(data, bound_to, suite):
    key, nonce = b"k" * 32, b"n" * 12

    blob = sealing.encrypt(suite, key, nonce, data, bound_to)

    assert sealing.decrypt(suite, key, nonce, blob, bound_to) == data
    for changed in (bytes([blob[0] ^ 1]) + blob[1:], blob[:-1] + bytes([blob[-1] ^ 1])):
        with pytest.raises(InvalidTag):
            sealing.decrypt(suite, key, nonce, changed, bound_to)
    with pytest.raises(InvalidTag):
        sealing.decrypt(suite, key, nonce, blob, bound_to + b"x")


def test_sm4_agrees_with_the_standard():
    # RFC 8998, appendix A.1
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    aad = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))

    blob = sealing.encrypt(sealing.SM4, key, nonce, plain, aad)

    assert blob.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )


@pytest.mark.django_db
@SUITES
def test_column_holds_ciphertext_and_the_model_text(suite, settings):
    settings.SEALING_SUITE = suite

    person = make_person("王芳", 2)

    with connection.cursor() as cursor:
        cursor.execute("SELECT document_number FROM people_person")
        stored = bytes(cursor.fetchone()[0])
    assert stored[0] == suite
    assert document_number(2).encode() not in stored
    assert Person.objects.get(pk=person.pk).document_number == document_number(2)


@pytest.mark.django_db
@SUITES
def test_ciphertext_moved_to_another_row_does_not_open(suite, settings):
    settings.SEALING_SUITE = suite
    wang, lu = make_person("王芳", 2), make_person("路人", 4)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_person SET document_number = (SELECT document_number FROM people_person WHERE id = %s)"
            " WHERE id = %s",
            [wang.pk, lu.pk],
        )

    with pytest.raises(InvalidTag):
        _ = Person.objects.get(pk=lu.pk).document_number
    assert Person.objects.get(pk=wang.pk).document_number == document_number(2)


@pytest.mark.django_db
def test_same_text_is_sealed_differently_and_found_by_its_index():
    assert sealing.seal(b"138", b"a") != sealing.seal(b"138", b"a")
    assert sealing.blind_index(" 99999919900307002x", "document") == sealing.blind_index(
        "99999919900307002X", "document"
    )
    assert sealing.blind_index("1", "document") != sealing.blind_index("1", "phone")


@pytest.mark.django_db
def test_key_of_the_environment_can_be_replaced(settings):
    person = make_person("王芳", 2)
    old = dict(settings.SEALING_KEYS)

    settings.SEALING_KEYS, settings.SEALING_CURRENT = {**old, 2: b"t" * 32}, 2
    call_command("rotate_keys")
    settings.SEALING_KEYS = {2: b"t" * 32}
    sealing.forget_keys()

    assert Person.objects.get(pk=person.pk).document_number == document_number(2)
    settings.SEALING_KEYS, settings.SEALING_CURRENT = old, 1
    sealing.forget_keys()
    with pytest.raises(KeyError):
        _ = Person.objects.get(pk=person.pk).document_number


@pytest.mark.django_db
def test_new_data_key_seals_and_the_old_one_still_opens():
    before = sealing.seal(b"old", b"row")

    sealing.rewrap_keys(new_data_key=True)
    after = sealing.seal(b"new", b"row")

    assert DataKey.objects.count() == 2
    assert before[1:5] != after[1:5]
    assert (sealing.unseal(before, b"row"), sealing.unseal(after, b"row")) == (b"old", b"new")
