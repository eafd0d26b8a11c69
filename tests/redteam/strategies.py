"""The register of cheats: a cheat is one function, the rule that it attacks, and the server that lacks this rule."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tests.redteam.world import World, stage

Weakening = Callable[[], AbstractContextManager[object]]
CHEATS: list[Cheat] = []


@dataclass(frozen=True, slots=True)
class Cheat:
    """A strategy: `rule` is what stands in its way, `weakening` a server without just that."""

    play: Callable[[World], None]
    rule: str
    weakening: Weakening
    commits: bool = False  # other threads must see what was written

    @property
    def name(self) -> str:
        """Return the function's name."""
        return self.play.__name__

    @property
    def words(self) -> str:
        """Return what it does, in both languages."""
        return (self.play.__doc__ or "").strip()

    def gain_ms(self, *, weakened: bool, seed: int = 1) -> int:
        """Play it on our server, or on the weakened one; return what was given beyond the truth."""
        with stage(seed, keeps=self.commits) as world, self.weakening() if weakened else nullcontext():
            self.play(world)
            world.finish()
            return world.gain_ms()


def cheat(
    rule: str, *, without: Weakening, commits: bool = False
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register a strategy that attacks a rule."""

    def register(play: Callable[[World], None]) -> Callable[[World], None]:
        CHEATS.append(Cheat(play, rule, without, commits))
        return play

    return register
