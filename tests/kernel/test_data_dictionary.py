"""The data dictionary in docs/ says what the models say."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lms.kernel.management.commands import data_dictionary


def test_is_current():
    call_command("data_dictionary", check=True)


def test_notices_a_change(monkeypatch):
    monkeypatch.setattr(data_dictionary, "HEAD", "# Something else")

    with pytest.raises(CommandError, match="not current"):
        call_command("data_dictionary", check=True)


def test_names_sealed_columns_and_tables_in_chinese():
    text = data_dictionary.dictionary()

    assert "| document_number | 证件号码 | sealed text |" in text
    assert "### attendance_hoursentry" in text
