"""Accounts' tests: messages go to a folder of the test."""

import pytest

from tests.accounts import Http, make_learner, make_staff


@pytest.fixture(autouse=True)
def own_outbox(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def learner(db):
    return make_learner()


@pytest.fixture
def staff(db):
    return make_staff()


@pytest.fixture
def app(db):
    return Http("app")


@pytest.fixture
def browser(db):
    return Http("browser")
