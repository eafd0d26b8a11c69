"""The stage and the cast every test starts from (tests/cast.py makes the people)."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import datetime

import hypothesis
import pytest
from django.core.cache import caches
from django.db import connection

from lms.kernel import clock
from lms.kernel.sealing import forget_keys


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on SQLite, what needs PostgreSQL: SQLite has one writer at a time, and no locks on rows."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("postgres")]


def pytest_collection_finish() -> None:
    """Collect garbage less often: what is imported by now stays to the end, and looking through it again is a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


# A busy machine draws and runs an example slowly: that says nothing about what is tested.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, request):
    """Empty what a test committed, not every table; a migrated database is flushed: its triggers forbid DELETE."""
    if not request.config.option.nomigrations:
        yield
        return
    from django.test import TransactionTestCase

    from tests.emptied import find

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        found = find()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: found.restore())
        yield


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    for name in caches:
        caches[name].clear()
    forget_keys()


@pytest.fixture
def at() -> Iterator[object]:
    """Return a function that sets the clock by Shanghai's wall clock: at(2026, 3, 1, 9, 0) -> Traveller."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def set_clock(*when: int) -> clock.Traveller:
            return stack.enter_context(clock.travel(datetime(*when, tzinfo=clock.SHANGHAI)))

        yield set_clock


def lay_root():
    """Lay Wagtail's root page and the permission to enter: the tests run without its migrations, or flushed them."""
    from django.conf import settings
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from wagtail.admin.models import Admin
    from wagtail.models import Locale, Page

    Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    kind = ContentType.objects.get_for_model(Admin)
    Permission.objects.get_or_create(content_type=kind, codename="access_admin", defaults={"name": "Can access admin"})
    return Page.get_first_root_node() or Page.add_root(title="Root", slug="root")


@pytest.fixture(scope="session")
def laid_casts():
    return {}


@pytest.fixture
def cast(db, laid_casts):
    """Return the fixed cast: two institutions, one person of each role, a stranger (tests/cast.py)."""
    from tests.cast import make_cast
    from tests.laid import laid

    def lay():
        lay_root()
        return make_cast()

    return laid(laid_casts, lay)


@pytest.fixture
def site_root(request, db):
    """Return Wagtail's root page."""
    if "cast" in request.fixturenames:
        request.getfixturevalue("cast")
    return lay_root()


@pytest.fixture
def patient_reader(monkeypatch):
    """Give the reader of ID cards the time that a busy machine needs."""
    monkeypatch.setattr("lms.people.gateways.cards.READ_SECONDS", 300)
    monkeypatch.setattr("lms.people.gateways.cards.QUEUE_SECONDS", 300)
