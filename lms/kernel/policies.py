"""Versions of numbered policies, published one after the other."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max

from lms.kernel.errors import ConflictError
from lms.kernel.models import NumberedPolicy

Policy = TypeVar("Policy", bound=NumberedPolicy)


def source_problem(source: str) -> dict[str, str]:
    """Return what is wrong with the source that a policy names."""
    return {} if 0 < len(source.strip()) <= 200 else {"source": "请填写口径的依据，最多200个字。"}


def next_version(
    model: type[Policy], *, terms: dict[str, Any], effective_from: date, source: str, user_id: int | None
) -> Policy:
    """Write the next version of a policy. Raises ConflictError when a colleague published one in this moment."""
    rows: Any = model._default_manager
    newest = rows.aggregate(newest=Max("version"))["newest"] or 0
    try:
        with transaction.atomic():
            policy: Policy = rows.create(
                version=newest + 1,
                effective_from=effective_from,
                source=source.strip(),
                terms=terms,
                published_by_id=user_id,
            )
    except IntegrityError as error:
        sentence = "刚才有同事也发布了新版本，您的还没有保存。请先查看新版本，仍有需要再发布。"
        raise ConflictError(sentence, code="policy_version_taken") from error
    return policy
