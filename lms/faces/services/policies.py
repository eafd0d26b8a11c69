"""Publishing the policy of face checks."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.faces.models import FacePolicy
from lms.faces.rules import FaceTerms, terms_problems
from lms.kernel.errors import InvalidError
from lms.kernel.policies import next_version, source_problem


@transaction.atomic
def publish_policy(*, terms: FaceTerms, effective_from: date, source: str, actor: Actor) -> FacePolicy:
    """Publish a version of the policy (发布人脸核验口径). Raises InvalidError with every wrong field, ConflictError."""
    require(actor, "planning.edit")
    if wrong := terms_problems(terms) | source_problem(source):
        raise InvalidError("人脸核验口径有几处需要改正，请按提示修改。", fields=wrong)
    policy = next_version(
        FacePolicy, terms=terms.as_json(), effective_from=effective_from, source=source, user_id=actor.user_id
    )
    record(actor, "faces.policy_published", policy, version=policy.version)
    return policy
