"""Tables of the operation log."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.kernel import clock
from lms.kernel.ids import new_uid


class AuditEntry(models.Model):
    """操作日志: one deed, with its actor, target and reason. Written once, never changed (trigger)."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    at = models.DateTimeField(default=clock.now, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_uid = models.UUIDField(null=True, db_index=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    data = models.JSONField(default=dict)
