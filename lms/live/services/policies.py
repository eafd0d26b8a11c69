"""Publishing the policy of rooms."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import InvalidError
from lms.kernel.policies import next_version, source_problem
from lms.live.models import RoomPolicy
from lms.live.rules.talking import RoomTerms, terms_problems


@transaction.atomic
def publish_policy(*, terms: RoomTerms, effective_from: date, source: str, actor: Actor) -> RoomPolicy:
    """Publish a version of the policy (发布课堂互动口径). Raises InvalidError with every wrong field, ConflictError."""
    require(actor, "planning.edit")
    if wrong := terms_problems(terms) | source_problem(source):
        raise InvalidError("课堂互动口径有几处需要改正，请按提示修改。", fields=wrong)
    policy = next_version(
        RoomPolicy, terms=terms.as_json(), effective_from=effective_from, source=source, user_id=actor.user_id
    )
    record(actor, "live.policy_published", policy, version=policy.version)
    return policy
