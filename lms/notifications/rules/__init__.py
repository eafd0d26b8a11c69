"""What a notice must be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

KINDS = {
    "class_decided": "开班审批",
    "course_decided": "课程审核",
    "enrolled": "入学",
    "class_closed": "结班",
    "appeal_decided": "学时申诉",
    "case_person": "核查与申诉",
    "case_institution": "核查与申诉",
    "practice_changed": "线下实操",
    "live_changed": "直播课",
    "live_unattended": "直播课",
    "live_soon": "直播课",
    "live_teach_soon": "直播课",
    "replay_shown": "直播回放",
    "role_changed": "账号与角色",
    "filing_decided": "机构备案",
}
LONGEST_TITLE, LONGEST_TEXT, LONGEST_KEY = 60, 300, 120


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: of which kind, about what, in finished words (消息内容).

    `key`: two notices of one key are one and the same to whoever receives them.
    """

    kind: str
    subject: UUID
    key: str
    title: str
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse a kind that no screen knows."""
        if self.kind not in KINDS:
            raise ValueError(f"no such kind of notice: {self.kind}")


def shortened(text: str, most: int) -> str:
    """Return a text that fits, with a sign where something is left out."""
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
