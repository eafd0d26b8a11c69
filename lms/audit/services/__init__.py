"""The operation log and the Merkle log of evidence: the deeds. Doors import from here."""

from lms.audit.services.heads import sign_due, sign_head
from lms.audit.services.operations import Doer, record
from lms.audit.services.sequencing import sequence
from lms.audit.services.stamping import stamp_due
from lms.audit.services.verification import Verdict, verify, verify_and_note, verify_daily

__all__ = [
    "Doer",
    "Verdict",
    "record",
    "sequence",
    "sign_due",
    "sign_head",
    "stamp_due",
    "verify",
    "verify_and_note",
    "verify_daily",
]
