"""Programmes and policies: the deeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from importlib import resources
from typing import Any

from django.db import IntegrityError, transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.services.occupations import load_key_industries, load_occupations
from lms.kernel.errors import ConflictError, InvalidError
from lms.organisations.models import Organisation
from lms.organisations.services import load_divisions
from lms.people.services import load_consent_texts, load_person_categories
from lms.planning.models import FundingCategory, Programme, StudyPolicy
from lms.planning.queries import next_version
from lms.planning.rules import StudyTerms, policy_problems, terms_problems


def add_policy_version(
    *, name: str, terms: StudyTerms, effective_from: date, source: str, actor: Actor, effective_to: date | None = None
) -> StudyPolicy:
    """Add a dated version of a study policy (发布口径). Classes that froze an older one keep it.

    Raises InvalidError with every wrong field, ConflictError when a colleague published a version in this moment.
    """
    require(actor, "planning.edit")
    wrong = policy_problems(name, source, effective_from, effective_to) | terms_problems(terms)
    if wrong:
        raise InvalidError("口径有几处需要改正，请按提示修改。", fields=wrong)
    values = {"effective_from": effective_from, "effective_to": effective_to, "source": source.strip()}
    try:
        return write_policy(name=name.strip(), terms=terms, actor=actor, **values)
    except IntegrityError as error:
        sentence = "刚才有同事也发布了这个口径的新版本，您的还没有保存。请先查看新版本，仍有需要再发布。"
        raise ConflictError(sentence, code="policy_version_taken") from error


@transaction.atomic
def write_policy(*, name: str, terms: StudyTerms, actor: Actor, **values: Any) -> StudyPolicy:
    """Write the next version; two at once get the same number, which the database gives only once."""
    version = next_version(name)
    policy = StudyPolicy.objects.create(name=name, version=version, terms=terms.as_json(), **values)
    record(actor, "planning.policy_added", policy, version=version)
    return policy


@transaction.atomic
def add_programme(
    *,
    code: str,
    name: str,
    department: Organisation,
    category: FundingCategory,
    policy_name: str,
    starts_on: date,
    actor: Actor,
) -> Programme:
    """Add a programme, or return the one of this code (培训项目)."""
    require(actor, "planning.edit")
    programme, made = Programme.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "department": department,
            "funding_category": category,
            "policy_name": policy_name,
            "starts_on": starts_on,
        },
    )
    if made:
        record(actor, "planning.programme_added", programme)
    return programme


@transaction.atomic
def load_funding_categories(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load the dated list of funding categories (资金科目). Returns how many are new."""
    made = 0
    for row in rows:
        start = date.fromisoformat(row["valid_from"])
        defaults = {"name": row["name"], "source": row["source"]}
        made += FundingCategory.objects.update_or_create(code=row["code"], valid_from=start, defaults=defaults)[1]
    return made


def load_reference() -> dict[str, int]:
    """Load all dated reference tables of the package; doing it again changes nothing (基础数据). Returns what is new."""
    loaders = {
        "key_industries": load_key_industries,
        "occupations": load_occupations,
        "divisions": load_divisions,
        "funding_categories": load_funding_categories,
        "person_categories": load_person_categories,
        "consent_texts": load_consent_texts,
    }
    folder = resources.files("lms.planning") / "reference"
    return {name: load(json.loads((folder / f"{name}.json").read_text("utf-8"))) for name, load in loaders.items()}
