"""The stage and the cast every test starts from (tests/cast.py makes the people)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.cache import caches

from lms.kernel import clock
from lms.kernel.sealing import forget_keys


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


@pytest.fixture
def site_root(db):
    """Return Wagtail's root page, laid again if a transactional test flushed it or migrations were skipped."""
    from django.conf import settings
    from wagtail.models import Locale, Page

    Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    return Page.get_first_root_node() or Page.add_root(title="Root", slug="root")


@pytest.fixture
def content_permissions(db):
    """Lay the permission that Wagtail's own migration makes; the tests run without migrations."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from wagtail.admin.models import Admin

    kind = ContentType.objects.get_for_model(Admin)
    Permission.objects.get_or_create(content_type=kind, codename="access_admin", defaults={"name": "Can access admin"})


@pytest.fixture
def cast(site_root, content_permissions):
    """Return the fixed cast: two institutions, one person of each role, a stranger (tests/cast.py)."""
    from tests.cast import make_cast

    return make_cast()
