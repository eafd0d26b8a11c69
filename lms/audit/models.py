"""Tables of the operation log and of the Merkle log of evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.audit.rules.verifier import Head, Key
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.wording import words_in


class AuditEntry(models.Model):
    """操作日志: one deed, with its actor, target and reason. Written once, never changed (trigger).

    A reason about people lies sealed in a note, which ends before the entry does; `reason` is in the open and about nobody.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    at = models.DateTimeField(default=clock.now, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_uid = models.UUIDField(null=True, db_index=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    note = models.OneToOneField("people.SealedWords", models.PROTECT, null=True, related_name="+")
    words_hash = models.CharField("原文摘要", max_length=64, blank=True)
    data = models.JSONField(default=dict)

    @property
    def words(self) -> str:
        """Return the reason, sealed or not, or why it cannot be read. Load `note` with it."""
        return words_in(self.note.sealed, self.words_hash) if self.note else self.reason


class LogState(models.Model):
    """封存进度: one row, the sequencer's lock. Derived: nothing that is verified relies on it."""

    size = models.BigIntegerField(default=0)
    filed_size = models.BigIntegerField(default=0)  # the newest head that lies outside of the database too
    cursors = models.JSONField(default=dict)


class LogLeaf(models.Model):
    """存证日志条目: the salted hash of one record, or of a segment of a tape. Append-only; holds nothing personal."""

    position = models.BigIntegerField("序号", primary_key=True)
    source = models.CharField("来源", max_length=20)
    series = models.BigIntegerField(default=0)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    salt = models.BinaryField()
    hash = models.BinaryField()
    marks = models.BinaryField()  # eight bytes for each row of a segment: they say which one was changed
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "series", "first"], name="log_leaf_once_per_record")]


class LogNode(models.Model):
    """存证日志内部节点: every eighth level of the tree. Append-only, derived from the leaves."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField()


class LogKey(models.Model):
    """存证签名公钥: since when it signs, endorsed by the key before it. Append-only; the private half is never here."""

    public = models.CharField("公钥", max_length=64, unique=True)
    previous = models.CharField("前一公钥", max_length=64, blank=True)
    since_size = models.BigIntegerField()
    since_ms = models.BigIntegerField()
    endorsement = models.CharField("前一密钥的背书", max_length=128, blank=True)
    acceptance = models.CharField("自身签名", max_length=128)

    def as_rule(self) -> Key:
        """Return it as the rules know it."""
        return Key(self.public, self.previous, self.since_size, self.since_ms, self.endorsement, self.acceptance)


class LogHead(models.Model):
    """签名树头: size and root of the log at a moment, signed. Append-only."""

    size = models.BigIntegerField("条数", primary_key=True)
    root = models.CharField("根散列", max_length=64)
    at_ms = models.BigIntegerField()
    key = models.ForeignKey(LogKey, models.PROTECT, to_field="public", related_name="+", db_column="key")
    signature = models.CharField("签名", max_length=128)

    def as_rule(self) -> Head:
        """Return it as the rules know it."""
        return Head(self.size, self.root, self.at_ms, self.key_id, self.signature)


class HeadStamp(models.Model):
    """树头时间戳: the day's head at an outside time-stamping authority (RFC 3161). The token proves itself."""

    class State(models.TextChoices):
        """时间戳状态."""

        WAITING = "waiting", "等待时间戳"
        STAMPED = "stamped", "已加盖时间戳"
        FAILED = "failed", "未能加盖"

    head = models.OneToOneField(LogHead, models.PROTECT, primary_key=True, related_name="stamp")
    day = models.DateField("日期", unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    next_at = models.DateTimeField("下次尝试")
    error = models.CharField("原因", max_length=200, blank=True)
    authority = models.CharField("时间戳机构", max_length=200, blank=True)
    token = models.BinaryField(null=True)
    stamped_at = models.DateTimeField("时间戳时间", null=True)


class LedgerCheck(models.Model):
    """存证核验记录: one verification of the whole database and what it found. Append-only."""

    at = models.DateTimeField("核验时间", default=clock.now, db_index=True)
    leaves = models.BigIntegerField("核验条数")
    rows = models.BigIntegerField("核对行数")
    waiting = models.BigIntegerField("待封存行数")
    fault_count = models.PositiveIntegerField("问题数")
    faults = models.JSONField("问题", default=list)
