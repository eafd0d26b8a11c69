"""The API's tests share the accounts' stage."""

from tests.people.conftest import app, browser, learner, own_outbox, staff

__all__ = ["app", "browser", "learner", "own_outbox", "staff"]
