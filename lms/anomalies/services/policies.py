"""Publishing the numbers by which something is called odd."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.anomalies.models import AnomalyPolicy
from lms.anomalies.rules.terms import AnomalyTerms, terms_problems
from lms.audit.services import record
from lms.kernel.errors import InvalidError
from lms.kernel.policies import next_version, source_problem


@transaction.atomic
def publish_policy(*, terms: AnomalyTerms, effective_from: date, source: str, actor: Actor) -> AnomalyPolicy:
    """Publish a version of the policy (发布线索口径). Flags keep the version that they were found by.

    Raises InvalidError with every wrong field, ConflictError when a colleague published a version in this moment.
    """
    require(actor, "planning.edit")
    if wrong := terms_problems(terms) | source_problem(source):
        raise InvalidError("线索口径有几处需要改正，请按提示修改。", fields=wrong)
    policy = next_version(
        AnomalyPolicy, terms=terms.as_json(), effective_from=effective_from, source=source, user_id=actor.user_id
    )
    record(actor, "anomalies.policy_published", policy, version=policy.version)
    return policy
