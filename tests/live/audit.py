"""Hold the tape against lists of acknowledgements: python -m tests.live.audit '[[session, person, acked, earned], …]'."""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")


def compare(wanted: list) -> list[str]:
    from django.db.models import Sum

    from attendance.models import Beat, HoursEntry, Seat, StudySession

    lost = []
    for uid, person, acked, earned in wanted:
        session = StudySession.objects.filter(uid=uid).first()
        if session is None:
            lost.append(f"session {uid} is not there")
            continue
        known = set(Beat.objects.filter(person_id=person, session=session.pk).values_list("seq", flat=True))
        lost += [f"person {person}: beat {seq} was acknowledged" for seq in range(1, acked + 1) if seq not in known]
        tape = Beat.objects.filter(person_id=person).aggregate(Sum("credit"))["credit__sum"] or 0
        if tape // 1000 < earned:
            lost.append(f"person {person}: {earned} s were acknowledged, the tape has {tape} ms")
        ledger = HoursEntry.objects.filter(person_id=person).aggregate(Sum("ms"))["ms__sum"] or 0
        if ledger + Seat.objects.get(person_id=person).pending != tape:
            lost.append(f"person {person}: ledger and pending are not the tape")
        numbers = list(Beat.objects.filter(person_id=person).order_by("n").values_list("n", flat=True))
        if numbers != list(range(1, len(numbers) + 1)):
            lost.append(f"person {person}: pieces of the tape are missing or there twice")
        spans = list(Beat.objects.filter(person_id=person).order_by("n").values_list("start", "credit", "lost"))
        ends = [start + credit + gone for start, credit, gone in spans]
        lost += [
            f"person {person}: overlap" for end, (start, _, _) in zip(ends, spans[1:], strict=False) if start < end
        ]
    return lost


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(compare(json.loads(sys.argv[1]))))
