"""Tables of roles."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.access.rules import ROLE_NAMES, Role
from lms.kernel import clock
from lms.kernel.ids import new_uid

GRANTABLE = [(role.value, name) for role, name in ROLE_NAMES.items() if role not in {Role.LEARNER, Role.SYSTEM}]


class Grant(models.Model):
    """授权: an account holds a role at a unit (or in the whole district)."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.CharField("角色", max_length=20, choices=GRANTABLE)
    organisation = models.ForeignKey(
        "organisations.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(default=clock.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "organisation"], name="grant_once_at_unit"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(organisation=None), name="grant_once_in_district"
            ),
        ]
