"""我的学习 says of each course what its button does: begin, go on, or take the next lesson."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.dossier.stage import NO_CHECKS, approved, joined, study

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(cast, site_root, at):
    traveller = at(2026, 5, 6, 9, 0)
    enrolment, actor = joined(approved(cast, site_root, terms=NO_CHECKS), cast.wang.person)
    return traveller, enrolment, actor


@pytest.mark.parametrize(("seconds", "words"), [(0, "开始学习"), (30, "接着 0:30 学"), (120, "学下一课")])
def test_the_button_says_what_it_does(cast, learner, seconds, words):
    traveller, enrolment, actor = learner
    if seconds:
        study(traveller, enrolment, actor, seconds=seconds)
    client = Client()
    client.force_login(cast.wang)

    mine, of_class = (client.get(path).content.decode() for path in ("/my/", f"/my/classes/{enrolment.uid}/"))

    assert words in mine
    assert ("学下一课" in mine, "学下一课" in of_class) == (words == "学下一课",) * 2
