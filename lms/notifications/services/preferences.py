"""What a person wants to be told outside the site, and in which language (接收偏好)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.notifications.models import LetterLanguage, Preference
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import CHANNELS
from lms.notifications.rules.letters import LANGUAGES
from lms.people.models import User

Wanted = Mapping[tuple[str, str], bool]


@transaction.atomic
def set_preferences(*, user: User, wanted: Wanted, language: str, actor: Actor) -> None:
    """Note what an account's person wants, at every account of theirs (设置接收偏好). Raises InvalidError."""
    if language not in LANGUAGES or any(kind not in KINDS or channel not in CHANNELS for kind, channel in wanted):
        raise InvalidError("有一项设置不认识，请刷新页面后重新勾选。")
    write_preferences(user, wanted)
    LetterLanguage.objects.bulk_create(
        [LetterLanguage(user=one, language=language) for one in accounts_of(user)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["language"],
    )
    record(actor, "notifications.preferences_set", user)


def write_preferences(user: User, wanted: Wanted) -> None:
    """Write preferences at every account of a person."""
    moment = clock.now()
    Preference.objects.bulk_create(
        [
            Preference(user=one, kind=kind, channel=channel, is_wanted=is_wanted, set_at=moment)
            for one in accounts_of(user)
            for (kind, channel), is_wanted in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["is_wanted", "set_at"],
    )


def accounts_of(user: User) -> list[User]:
    """Return the accounts of the person behind an account, in order; without a person, itself."""
    same = Q(pk=user.pk) if user.person_id is None else Q(pk=user.pk) | Q(person=user.person_id)
    return list(User.objects.filter(same).order_by("pk"))
