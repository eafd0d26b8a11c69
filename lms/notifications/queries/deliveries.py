"""Reading how notices went out, by which policy, and what an account wants."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from lms.access.rules import Actor, require
from lms.kernel.errors import NotFoundError
from lms.notifications.models import Delivery, DeliveryPolicy, LetterLanguage, Preference


def policy_on(day: date) -> DeliveryPolicy | None:
    """Return the version in force on a day, none before the first (当日投递口径)."""
    return DeliveryPolicy.objects.filter(effective_from__lte=day).order_by("-effective_from", "-version").first()


def policy_versions() -> QuerySet[DeliveryPolicy]:
    """Return all versions of the policy, newest first."""
    return DeliveryPolicy.objects.select_related("published_by__person").order_by("-version")


def deliveries_for(actor: Actor, *, state: str = "", channel: str = "", kind: str = "") -> QuerySet[Delivery]:
    """Return the deliveries that the office looks through, the newest first (投递记录). Raises ForbiddenError."""
    require(actor, "notifications.view")
    narrowed = {"state": state, "channel": channel, "notice__kind": kind}
    found = Delivery.objects.filter(**{name: value for name, value in narrowed.items() if value})
    return found.select_related("notice", "user__person").order_by("-pk")


def delivery_for(actor: Actor, uid: UUID) -> Delivery:
    """Return one delivery. Raises NotFoundError, ForbiddenError."""
    found = deliveries_for(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这条投递，请从投递记录重新进入。", code="delivery_not_found")
    return found


def given_up_count(actor: Actor) -> int:
    """Return how many deliveries were given up for another reason than the person's own (待处理投递)."""
    own = ("read", "unwanted", "stale")
    return deliveries_for(actor, state=Delivery.State.GIVEN_UP).exclude(reason__in=own).order_by().count()


def unwanted_by(user_id: int) -> set[tuple[str, str]]:
    """Return what an account does not want, as (kind, channel)."""
    return set(Preference.objects.filter(user=user_id, is_wanted=False).values_list("kind", "channel"))


def language_of(user_id: int) -> str:
    """Return in which language an account is written to."""
    return LetterLanguage.objects.filter(user=user_id).values_list("language", flat=True).first() or "zh"
