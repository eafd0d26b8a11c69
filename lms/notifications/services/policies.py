"""Publishing the policy by which notices go out, and having what was given up sent again."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.policies import next_version, source_problem
from lms.notifications.models import Delivery, DeliveryPolicy
from lms.notifications.queries.deliveries import policy_on
from lms.notifications.rules.delivery import DeliveryTerms, after_quiet, terms_problems


@transaction.atomic
def publish_policy(*, terms: DeliveryTerms, effective_from: date, source: str, actor: Actor) -> DeliveryPolicy:
    """Publish a version of the policy (发布投递口径). Raises InvalidError with every wrong field, ConflictError."""
    require(actor, "planning.edit")
    if wrong := terms_problems(terms) | source_problem(source):
        raise InvalidError("投递口径有几处需要改正，请按提示修改。", fields=wrong)
    policy = next_version(
        DeliveryPolicy, terms=terms.as_json(), effective_from=effective_from, source=source, user_id=actor.user_id
    )
    record(actor, "notifications.policy_published", policy, version=policy.version)
    return policy


@transaction.atomic
def retry_delivery(*, delivery: Delivery, actor: Actor) -> Delivery:
    """Have a delivery that was given up tried anew, as a message of its own (重新投递). Raises ConflictError."""
    require(actor, "notifications.retry")
    policy, moment = policy_on(clock.today()), clock.now()
    if policy is None:
        raise ConflictError("现在没有生效的投递口径，不能重新投递。请先发布口径。", code="no_delivery_policy")
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.GIVEN_UP)
    due_at = after_quiet(clock.local(moment), policy.delivery_terms())
    fresh = {"message_uid": None, "attempts": 0, "begun_at": None, "reason": "", "due_at": due_at, "created_at": moment}
    if not waiting.update(state=Delivery.State.QUEUED, **fresh):
        raise ConflictError("这条投递不在“已放弃”状态，可能已由同事重新投递。", code="delivery_state")
    record(actor, "notifications.delivery_retried", delivery)
    delivery.refresh_from_db()
    return delivery
