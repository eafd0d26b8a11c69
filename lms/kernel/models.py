"""Tables of the machine room: the clock's anchors, data keys, sealed files, jobs."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.kernel import clock
from lms.kernel.ids import new_uid


class ClockAnchor(models.Model):
    """时钟基准: what the clock shows at the boot of a host, in ms since 1970. One row per boot, never changed."""

    boot_id = models.CharField(max_length=36, primary_key=True)
    anchor_ms = models.BigIntegerField()
    noted_at = models.DateTimeField(default=clock.now)


class NumberedPolicy(models.Model):
    """口径版本: a dated version of the numbers of a field, with its source. Never edited (abstract)."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    version = models.PositiveSmallIntegerField("版本", unique=True)
    effective_from = models.DateField("生效日期")
    source = models.CharField("依据", max_length=200)
    terms = models.JSONField("口径", default=dict)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True


class DataKey(models.Model):
    """数据密钥: wrapped by a key from the environment; seals fields and files."""

    wrapped = models.BinaryField()
    retired = models.BooleanField(default=False)


class SealedFile(models.Model):
    """加密文件: an upload or an export, encrypted at rest, deleted when it expires."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField("文件名", max_length=200)
    purpose = models.CharField("用途", max_length=200)
    path = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(db_index=True)
    erased_at = models.DateTimeField(null=True)


class Job(models.Model):
    """后台任务: what pages poll; a worker holds it by a lease and says how far it is."""

    class State(models.TextChoices):
        """任务状态."""

        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    task = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    queue = models.CharField("队列", max_length=20, default="default")
    priority = models.SmallIntegerField("优先级", default=0)  # the higher, the sooner
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    error = models.TextField("出错说明", blank=True)
    result = models.JSONField(default=dict)
    lease_until = models.DateTimeField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "lease_until"], name="job_state_lease")]
