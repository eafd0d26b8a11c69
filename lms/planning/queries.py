"""Reads of programmes and policies."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from lms.kernel.errors import ConflictError, NotFoundError
from lms.planning.models import Programme, StudyPolicy


def policy_for(name: str, *, on: date) -> StudyPolicy:
    """Return the version of a policy in force on a day (当日有效口径). Raises ConflictError when there is none."""
    policy = newest_policy(name, on=on)
    if policy is None:
        raise ConflictError(f"“{name}”在{on}没有生效的版本，请区办先发布口径。", code="no_policy")
    return policy


def programmes_on(day: date) -> QuerySet[Programme]:
    """Return the programmes that run on a day (在办项目)."""
    running = Q(ends_on=None) | Q(ends_on__gte=day)
    return Programme.objects.filter(running, starts_on__lte=day).select_related("department", "funding_category")


def newest_policy(name: str = "", *, on: date | None = None) -> StudyPolicy | None:
    """Return the newest version of a policy, or of any; with a day, the one in force then (最新口径)."""
    found = StudyPolicy.objects.filter(name=name) if name else StudyPolicy.objects.all()
    if on is not None:
        found = found.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)
    return found.order_by("-effective_from", "-version").first()


def policies() -> QuerySet[StudyPolicy]:
    """Return all versions of all policies, newest first."""
    return StudyPolicy.objects.order_by("name", "-version")


def policy_by_uid(uid: UUID) -> StudyPolicy:
    """Return a version of a policy. Raises NotFoundError (学时口径)."""
    found = StudyPolicy.objects.filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这个版本的学时口径，请从列表重新进入。", code="policy_not_found")
    return found


def next_version(name: str) -> int:
    """Return the number that a policy's next version gets (下一版本号)."""
    newest: int | None = StudyPolicy.objects.filter(name=name).aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1
