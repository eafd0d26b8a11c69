"""A district that sends notices out: a policy, a learner with a number and an address, channels that do as they are told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from allauth.account.models import EmailAddress

from lms.kernel import clock
from lms.notifications.models import Delivery
from lms.notifications.rules import Message
from lms.notifications.rules.delivery import EXAMPLE_TERMS
from lms.notifications.services import sending, tell_users
from lms.notifications.services.policies import publish_policy
from lms.people.services import store_phone

PHONE, ADDRESS = "+8613800138000", "wang@learner.example"


def lay(cast, **changes):
    """Publish a policy, give 王芳 a number and an address."""
    terms = replace(EXAMPLE_TERMS, **changes)
    publish_policy(terms=terms, effective_from=clock.today(), source="示例", actor=cast.actor("sun"))
    store_phone(cast.wang, PHONE, verified=True)
    EmailAddress.objects.create(user=cast.wang, email=ADDRESS, verified=True, primary=True)


def tell(*users, key="a", kind="enrolled", title="您已入学“焊工班”"):
    """Tell accounts of something."""
    tell_users([user.pk for user in users], Message(kind, uuid.uuid4(), key, title, "原因：示例"))


def states(channel=None):
    """Return channel, state and reason of every delivery, oldest first."""
    found = Delivery.objects.order_by("pk")
    rows = found.filter(channel=channel) if channel else found
    return [(one.channel, one.state, one.reason) for one in rows]


def work(moment=None):
    """Do what the ticker and then the workers would do now."""
    sending.hand_out(moment or clock.now())
    open_messages = Delivery.objects.filter(lease_until__isnull=False, state__in=Delivery.OPEN)
    return [sending.send_message(uid) for uid in sorted(set(open_messages.values_list("message_uid", flat=True)))]


class Scripted:
    """An SMS gateway that ends as the next of `ends` says, and keeps what it was given."""

    known_for = timedelta(0)
    ends: list[Exception] = []
    sent: list[tuple] = []

    def send(self, phone, template, parameters, *, key=None):
        type(self).sent.append((phone, template, parameters, key))
        if self.ends:
            raise self.ends.pop(0)
        return "示例回执"


class Knowing(Scripted):
    """One that knows a message again."""

    known_for = timedelta(days=1)
