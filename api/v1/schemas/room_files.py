"""Files of a room in JSON."""

from __future__ import annotations

from uuid import UUID

from ninja import Schema


class DocumentRowOut(Schema):
    """A document of the institution that may be shared."""

    document: int
    title: str
    kind: str
    bytes: int


class DocumentPageOut(Schema):
    """A page of documents."""

    items: list[DocumentRowOut]
    next_cursor: str | None


class RoomFileOut(DocumentRowOut):
    """A shared file. `url`: where members of the room download it; `in_replay`: whether the replay offers it, too."""

    id: UUID
    in_replay: bool
    url: str


class FileIn(Schema):
    """Which document is shared."""

    document: int
    in_replay: bool = True


class FileKeptIn(Schema):
    """Whether the replay offers it, too."""

    in_replay: bool
