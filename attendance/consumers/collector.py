"""Beats of many learners, written together: one batch at a time in a thread of its own, acknowledged after COMMIT."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from django.db import close_old_connections, connections

from attendance.services import Ack, BeatsRequest, Memory, post_beats
from lms.kernel import clock
from lms.kernel.errors import DomainError, ForbiddenError
from lms.people.queries import persons_by_token

log = logging.getLogger(__name__)
MOST_IN_BATCH = 500
WORTH_A_BATCH = 120  # requests; three times what a batch costs by itself
LONGEST_GATHERING = 0.1
NOT_SAVED = DomainError("刚才的学习记录还没有保存，正在自动重发。", code="not_saved")
NOT_PLAIN = ForbiddenError("登录状态需要单独核对。", code="not_plain")  # never sent: the other door is asked
Answer = Ack | DomainError


@dataclass(slots=True)
class Waiting:
    """A request and who waits for its answer. With a `token` nobody has said yet whose request it is."""

    request: BeatsRequest
    token: str
    answer: asyncio.Future[Answer]


def gathering(per_second: float) -> float:
    """Return how many seconds lie between two batches: none where few come, for waiting would not fill a batch."""
    needed = WORTH_A_BATCH / max(per_second, 1.0)
    return needed if needed <= LONGEST_GATHERING else 0.0


class Collector:
    """A batch is what arrived since the last one: nobody waits for a window unless so many come that it fills (心跳汇集)."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.is_writing = False
        self.began_at = 0.0
        self.memory = Memory()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="beats")

    async def post(self, request: BeatsRequest, token: str = "") -> Answer:
        """Return the acknowledgement once it is committed.

        A batch that fails has an unknown outcome: everybody in it gets `not_saved` and sends again. With a session's
        token the sender is told from it; NOT_PLAIN says that nothing was done, for more must be looked at than a batch can.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self.waiting.append(Waiting(request, token, answer))
        if not self.is_writing:
            self.is_writing = True
            loop.call_soon(self.write)  # what else came in this turn of the loop is taken along
        return await answer

    def go_on(self) -> None:
        """Write the next batch once it is worth it, by how quickly requests came since the last one began."""
        loop = asyncio.get_running_loop()
        gone = max(loop.time() - self.began_at, 0.001)
        pause = gathering(len(self.waiting) / gone) - gone if self.waiting else 0.0
        if pause > 0:
            loop.call_later(pause, self.write)
        else:
            self.write()

    def write(self) -> None:
        """Hand the next batch to the thread."""
        self.began_at = asyncio.get_running_loop().time()
        batch, self.waiting = self.waiting[:MOST_IN_BATCH], self.waiting[MOST_IN_BATCH:]
        self.is_writing = bool(batch)
        if batch:
            self.thread.submit(self.post_and_tell, batch, asyncio.get_running_loop())

    def post_and_tell(self, batch: list[Waiting], loop: asyncio.AbstractEventLoop) -> None:
        """Write a batch, in the thread, and have the loop tell the answers."""
        loop.call_soon_threadsafe(self.tell, batch, self.post_all(batch))

    def post_all(self, batch: list[Waiting]) -> list[Answer]:
        """Write a batch, in the thread. Its connection stays open between batches and is given up when one fails."""
        try:
            requests = self.identified(batch)
            answers = iter(post_beats([request for request in requests if request], self.memory))
            return [next(answers) if request else NOT_PLAIN for request in requests]
        except Exception:  # noqa: BLE001 - whatever it was: nothing is acknowledged, and the next batch tries anew
            log.exception("%d requests were not written", len(batch))
            close_old_connections()
            return [NOT_SAVED] * len(batch)

    def identified(self, batch: list[Waiting]) -> list[BeatsRequest | None]:
        """Return the requests with their senders; nothing for one whose token does not tell it plainly.

        Four queries for however many tokens. A request over HTTP hears at once that a class was closed.
        """
        by_token = [one for one in batch if one.token]
        if not by_token:
            return [one.request for one in batch]
        people = persons_by_token({one.token for one in by_token}, clock.now())
        self.memory.drop_changed({one.request.session for one in by_token})
        return [told(one, people) for one in batch]

    def tell(self, batch: list[Waiting], answers: list[Answer]) -> None:
        """Wake everybody who is still there, and go on with what arrived meanwhile."""
        for one, answer in zip(batch, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)
        self.go_on()

    async def stop(self) -> None:
        """End the thread and its connection."""
        await asyncio.get_running_loop().run_in_executor(self.thread, connections.close_all)
        self.thread.shutdown()


def told(one: Waiting, people: dict[str, int]) -> BeatsRequest | None:
    """Return a request with its sender, or nothing."""
    if not one.token:
        return one.request
    return replace(one.request, person_id=people[one.token]) if one.token in people else None


_collectors: WeakKeyDictionary[asyncio.AbstractEventLoop, Collector] = WeakKeyDictionary()


def collector() -> Collector:
    """Return the collector of this process: of its event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _collectors:
        _collectors[loop] = Collector()
    return _collectors[loop]
