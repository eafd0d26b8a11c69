"""Two hands at once: deeds on connections of their own, brought together at their narrow place."""

from __future__ import annotations

import contextlib
import threading

from django.db import IntegrityError, connections

from lms.kernel.errors import DomainError

MOMENT = 1.0  # seconds: how long one waits for the other at the narrow place, where a lock keeps the other out
PATIENCE = 20.0  # the same where nothing keeps the other out: it comes, however slow the machine is


def at_once(*deeds):
    """Do all deeds at the same time, each on a connection of its own; return what became of each, in order."""
    outcomes = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def run(place, deed):
        try:
            start.wait(60)
            outcomes[place] = deed()
        except (DomainError, IntegrityError) as error:
            outcomes[place] = getattr(error, "code", type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def meeting(function, people, seconds=MOMENT):
    """Return the function, after which everybody waits for the others to come out of it as well."""
    place = threading.Barrier(people)

    def met(*args, **kwargs):
        answer = function(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            place.wait(seconds)
        return answer

    return met
