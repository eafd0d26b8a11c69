"""A class whose learners have left evidence in every table, laid through the services."""

from __future__ import annotations

import pytest

from tests.audit.stage import lay_evidence


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def evidence(cast, site_root, traveller):
    """Return the class; its evidence is all old enough to be logged."""
    return lay_evidence(cast, site_root, traveller)


@pytest.fixture(autouse=True)
def private_files(tmp_path, settings):
    """Give every test a folder of its own for what is filed outside of the database."""
    options = {"location": tmp_path, "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    return tmp_path
