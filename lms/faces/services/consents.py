"""The separate consent: given, withdrawn."""

from __future__ import annotations

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.faces.models import FaceCheck, FaceConsent, FaceReference
from lms.faces.queries import consent_of, face_text
from lms.faces.services.pictures import OTHER_WAY
from lms.faces.services.references import erase_reference
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.kernel.models import SealedFile
from lms.kernel.vault import purge_expired
from lms.people.models import Person


@transaction.atomic
def give_consent(*, person: Person, version: str, actor: Actor) -> FaceConsent:
    """Note that a person agrees to face checks (单独同意). Raises InvalidError when the text is not the newest."""
    require(actor, "faces.check", person)
    text = face_text()
    if text is None or text.version != version:
        sentence = "请阅读最新版《人脸信息处理告知书》后再选择。" + OTHER_WAY
        raise InvalidError(sentence, fields={"version": sentence}, code="consent_needed")
    locked = Person.objects.select_for_update().get(pk=person.pk)
    held = consent_of(locked)
    if held is not None and held.text_id == text.pk:
        return held
    consent = FaceConsent.objects.create(person=locked, user_id=actor.user_id, text=text, given=True)
    record(actor, "faces.consent_given", consent, version=version)
    return consent


def withdraw_consent(*, person: Person, actor: Actor) -> None:
    """Withdraw the consent: pictures and template are erased at once, results stay (撤回单独同意)."""
    require(actor, "faces.check", person)
    moment = clock.now()
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        held = consent_of(locked)
        if held is None:
            return
        consent = FaceConsent.objects.create(person=locked, user_id=actor.user_id, text=held.text, given=False)
        for reference in FaceReference.objects.filter(person=locked, erased_at=None):
            erase_reference(reference, "withdrawn", moment, actor)
        kept = FaceCheck.objects.filter(person=locked).exclude(picture=None).values("picture")
        SealedFile.objects.filter(pk__in=kept, erased_at=None).update(expires_at=moment)
        record(actor, "faces.consent_withdrawn", consent)
    purge_expired(moment)
