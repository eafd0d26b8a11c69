"""How an appeal of withheld time goes and ends (学时申诉). Pure."""

from __future__ import annotations

from dataclasses import dataclass

FILED, PROPOSED, GRANTED, REFUSED, WITHDRAWN = "filed", "proposed", "granted", "refused", "withdrawn"
UNDECIDED = frozenset({FILED, PROPOSED})
NEXT: dict[str, frozenset[str]] = {
    FILED: frozenset({PROPOSED, WITHDRAWN}),
    PROPOSED: frozenset({GRANTED, REFUSED, FILED, WITHDRAWN}),
    GRANTED: frozenset(),
    REFUSED: frozenset(),
    WITHDRAWN: frozenset(),
}
SHORTEST, LONGEST = 10, 1000  # characters of a reason
LARGEST_FILE = 10 * 1024 * 1024
FILES = {b"%PDF": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a learner brings with an appeal (申诉附件)."""

    name: str
    content: bytes

    @property
    def kind(self) -> str:
        """Return what it is by its first bytes; nothing if it is none of those that are taken."""
        return next((kind for magic, kind in FILES.items() if self.content.startswith(magic)), "")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does a step: an account and the person behind it, who may have several accounts (经手人)."""

    user_id: int | None
    person_id: int | None

    def is_same(self, other: Hand) -> bool:
        """Return whether two hands are one person's, or one account's."""
        return self.user_id == other.user_id or (self.person_id is not None and self.person_id == other.person_id)


def may_become(state: str, wanted: str) -> bool:
    """Return whether an appeal may take this step."""
    return wanted in NEXT[state]


def words_problem(words: str, whose: str) -> str:
    """Return what is wrong with a reason, or nothing. `whose`: learner | office."""
    length = len(words.strip())
    if length > LONGEST:
        return f"最多{LONGEST}个字，请写短一些。"
    if length >= SHORTEST:
        return ""
    if whose == "learner":
        return f"请写明当时为什么没有确认（至少{SHORTEST}个字），例如电话打断、设备故障、身体不适。"
    return f"请写明理由（至少{SHORTEST}个字）：看了哪些记录、怎样判断。学员能看到这段话。"


def file_problem(upload: Upload | None) -> str:
    """Return what is wrong with a file, or nothing."""
    if upload is None:
        return ""
    if len(upload.content) > LARGEST_FILE:
        return "附件超过10MB，请压缩或重拍一张再上传。"
    return "" if upload.kind else "附件只收PDF、PNG或JPG文件，请换一个文件，或拍照上传。"
