"""Publishing the numbers of filing and supervision."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.filing.models import FilingPolicy
from lms.filing.rules.terms import FilingTerms, terms_problems
from lms.kernel.errors import InvalidError
from lms.kernel.policies import next_version, source_problem


@transaction.atomic
def publish_policy(*, terms: FilingTerms, effective_from: date, source: str, actor: Actor) -> FilingPolicy:
    """Publish a version of the policy (发布机构管理口径). What was decided stays decided.

    Raises InvalidError with every wrong field, ConflictError when a colleague published a version in this moment.
    """
    require(actor, "planning.edit")
    if wrong := terms_problems(terms) | source_problem(source):
        raise InvalidError("口径有几处需要改正，请按提示修改。", fields=wrong)
    policy = next_version(
        FilingPolicy, terms=terms.as_json(), effective_from=effective_from, source=source, user_id=actor.user_id
    )
    record(actor, "filing.policy_published", policy, version=policy.version)
    return policy
