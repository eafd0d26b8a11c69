"""Which renditions a new run gets, by the settings and by what this machine has to do now."""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.conf import settings

from lms.live.gateways.encoder import Encoder
from lms.live.rules.recorders import Recorder
from lms.live.rules.renditions import Way, made


def ways_for(recorder: Recorder, running: Iterable[Encoder]) -> tuple[Way, ...]:
    """Return what is made of a run besides its picture (转码档). `running`: the encoders of this process."""
    lower = sum(Way.LOW in one.ways and one.is_running for one in running)
    return made(
        settings.LIVE_RENDITIONS, has_picture=recorder.has_picture, lower=lower, load=os.getloadavg()[0],
        cores=os.cpu_count() or 1,
    )  # fmt: skip
