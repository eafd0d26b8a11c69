"""The socket of a study session, and the collector that writes beats of many sockets at once."""

from attendance.consumers.study import StudyConsumer

__all__ = ["StudyConsumer"]
