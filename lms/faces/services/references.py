"""The face that others are held against: kept, erased."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from lms.access.rules import SYSTEM, Actor
from lms.audit.services import record
from lms.faces.models import FaceReference
from lms.faces.rules import FaceTerms
from lms.faces.services.pictures import Reading, Shot, sealed
from lms.kernel import clock
from lms.kernel.models import SealedFile
from lms.kernel.vault import purge_expired
from lms.people.models import Person


def enrolled(person: Person, shot: Shot, reading: Reading, terms: FaceTerms, actor: Actor) -> FaceReference:
    """Keep a reference; one whose life is over makes room."""
    moment, life = clock.now(), timedelta(days=terms.reference_days)
    for old in FaceReference.objects.filter(person=person, erased_at=None):
        erase_reference(old, "expired", moment, actor)
    return FaceReference.objects.create(
        person=person,
        picture=sealed(shot, life, actor),
        template=b64encode(reading.template).decode(),
        model_id=reading.model_id,
        capture=shot.capture,
        made_at=moment,
        expires_at=moment + life,
    )


def erase_reference(reference: FaceReference, why: str, moment: datetime, actor: Actor) -> None:
    """Take template and picture out of a reference; the vault deletes what has expired."""
    reference.template, reference.erased_at = None, moment
    reference.save(update_fields=["template", "erased_at"])
    SealedFile.objects.filter(pk=reference.picture_id, erased_at=None).update(expires_at=moment)
    record(actor, "faces.reference_erased", reference, why=why)


def purge_references(moment: datetime) -> int:
    """Erase the references whose life is over or whose person was erased, and log it (人脸信息到期清除). Returns how many."""
    over = Q(expires_at__lte=moment) | Q(person__erased_at__isnull=False)
    with transaction.atomic():
        ended = list(FaceReference.objects.select_for_update(of=("self",)).filter(over, erased_at=None)[:500])
        for reference in ended:
            erase_reference(reference, "expired", moment, SYSTEM)
    purge_expired(moment)
    return len(ended)
