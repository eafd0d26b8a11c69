"""Reads of the operation log for whoever supervises (操作日志): who did what to whom, when and why. Constant query counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from lms.access.rules import ROLE_NAMES, Actor, require
from lms.audit.models import AuditEntry
from lms.audit.rules.deeds import deed_name
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.wording import ERASED_WORDS
from lms.people.models import Person, SealedWords, User
from lms.people.queries import document_index, family_of
from lms.people.rules import mask_document, mask_name

BY_SYSTEM = "system"
MOST_PERSONS = 20
SEALED = "（与人有关，加密留存，查看须填写理由）"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# From what an entry names to the persons that it is about; those of other targets are found by its sealed reason.
PERSONS = {
    "people.Person": ("pk",),
    "people.User": ("person",),
    "people.Consent": ("user__person",),
    "people.IdentityCase": ("person", "claimant__person"),
    "people.PersonMerge": ("absorbed", "survivor"),
    "people.RoleRequest": ("user__person",),
    "faces.FaceConsent": ("person",),
    "faces.FaceReference": ("person",),
    "faces.FaceCheck": ("person",),
    "faces.FaceExemption": ("person",),
    "faces.RealPersonCheck": ("person",),
    "wechat.WeChatAccount": ("user__person",),
    "notifications.Delivery": ("user__person",),
    "catalogue.TrainingDemand": ("person",),
    "classes.Enrolment": ("person",),
    "attendance.StudySession": ("person",),
    "appeals.HoursAppeal": ("enrolment__person",),
    "anomalies.AnomalyCase": ("person",),
    "anomalies.Measure": ("person",),
}
TITLES = {
    "classes.TrainingClass": "name",
    "organisations.Organisation": "name",
    "courses.CoursePage": "title",
    "live.LiveSession": "title",
    "anomalies.AnomalyCase": "number",
}
ROLES = ("access.role_granted", "access.role_revoked")  # a grant that ended is gone: they name the account


@dataclass(frozen=True, slots=True)
class DeedFilters:
    """What is looked for in the operation log (筛选条件). `by`: an account's uid, or BY_SYSTEM; days are local, both included."""

    person: UUID | None = None
    by: str = ""
    deed: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class DeedRow:
    """An entry as it is read (操作记录). Persons are masked; a sealed reason is told by its reading alone."""

    entry: AuditEntry
    name: str
    by: str
    role: str
    target: str
    reason: str
    is_sealed: bool  # a reason may be revealed


@dataclass(frozen=True, slots=True)
class Found:
    """A person that a search found (当事人)."""

    uid: UUID
    name: str
    document: str


def deeds_found(actor: Actor, wanted: DeedFilters) -> QuerySet[AuditEntry]:
    """Return entries of the operation log, the newest first. Raises NotFoundError for a person who is none."""
    require(actor, "audit.view")
    found = AuditEntry.objects.select_related("note", "user__person").order_by("-pk")
    if wanted.person:
        found = found.filter(about(wanted.person))
    if wanted.by:
        found = found.filter(user=None) if wanted.by == BY_SYSTEM else found.filter(user__uid=wanted.by)
    if wanted.deed:
        found = found.filter(action=wanted.deed)
    if wanted.first:
        found = found.filter(at__gte=midnight(wanted.first))
    if wanted.last:
        found = found.filter(at__lt=midnight(wanted.last + timedelta(days=1)))
    return found


def midnight(day: date) -> datetime:
    """Return when a local day begins."""
    return datetime.combine(day, time.min, tzinfo=clock.SHANGHAI)


def about(uid: UUID) -> Q:
    """Return what finds the entries about a person, by any of their records. A query for each kind of target."""
    person = person_by_uid(uid)
    family = family_of(person.pk)
    targets: set[UUID] = set()
    for label, paths in PERSONS.items():
        named = Q(*((f"{path}__in", family) for path in paths), _connector=Q.OR)
        targets |= set(apps.get_model(label).objects.filter(named).values_list("uid", flat=True))
    notes = SealedWords.objects.filter(Q(person__in=family) | Q(also__in=family)).values_list("pk", flat=True)
    accounts = [str(one) for one in User.objects.filter(person__in=family).values_list("uid", flat=True)]
    by_role = Q(action__in=ROLES, data__user__in=accounts)
    return Q(target_uid__in=targets) | Q(note__in=list(notes)) | by_role


def person_by_uid(uid: UUID) -> Person:
    """Return a person. Raises NotFoundError."""
    person = Person.objects.filter(uid=uid).first()
    if person is None:
        raise NotFoundError("没有找到这名人员，请重新查找。", code="person_not_found")
    return person


def persons_found(actor: Actor, text: str) -> list[Found]:
    """Return who bears a name, or holds a document with this number (查找当事人). One query."""
    require(actor, "audit.view")
    same = Person.objects.filter(Q(name=text.strip()) | Q(document_index=document_index(text)), erased_at=None)
    return [found_of(person) for person in same.order_by("pk")[:MOST_PERSONS]]


def found_of(person: Person) -> Found:
    """Return a person as a search tells of them."""
    return Found(person.uid, mask_name(person.name), mask_document(str(person.document_number or "")))


def staff_accounts() -> list[tuple[str, str]]:
    """Return the accounts of staff with how they are called, for a choice. One query."""
    staff = User.objects.filter(is_staff=True).select_related("person").order_by("username")
    return [(str(user.uid), user.called) for user in staff]


def deed_for(actor: Actor, uid: UUID) -> AuditEntry:
    """Return an entry with its note. Raises NotFoundError (操作记录)."""
    require(actor, "audit.view")
    related = ("note__person", "note__also", "user__person")
    entry = AuditEntry.objects.select_related(*related).filter(uid=uid).first()
    if entry is None:
        raise NotFoundError("没有找到这条操作记录，请从列表重新进入。", code="deed_not_found")
    return entry


def rows_of(entries: Iterable[AuditEntry]) -> list[DeedRow]:
    """Return entries as they are read. Two queries at most for each kind of target, however many entries."""
    shown = list(entries)
    wanted = defaultdict(set)
    for entry in shown:
        wanted[entry.target_type].add(entry.target_uid)
    named = {uid: words for label, uids in wanted.items() for uid, words in names_of(label, uids).items()}
    return [row_of(entry, named.get(entry.target_uid, "") if entry.target_uid else "") for entry in shown]


def row_of(entry: AuditEntry, named: str) -> DeedRow:
    """Return an entry as it is read."""
    is_sealed = entry.note is not None and entry.note.erased_at is None
    reason = (SEALED if is_sealed else ERASED_WORDS) if entry.note else entry.reason
    kind = kind_of(entry.target_type)
    return DeedRow(
        entry=entry,
        name=deed_name(entry.action),
        by=called(entry.user),
        role=roles_in(entry.role),
        target=f"{kind} {named}".strip(),
        reason=reason,
        is_sealed=is_sealed,
    )


def roles_in(noted: str) -> str:
    """Return what roles are called that an entry notes; it has room for the beginning of the last one alone."""
    words = []
    for part in noted.split("+"):
        fits = [name for role, name in ROLE_NAMES.items() if part and role.startswith(part)]
        words.append(fits[0] if len(fits) == 1 else part)
    return "、".join(words)


def called(user: User | None) -> str:
    """Return who did it: staff by name, others masked."""
    if user is None:
        return "系统"
    return user.called if user.is_staff else mask_name(user.called)


def kind_of(label: str) -> str:
    """Return what a kind of things is called in Chinese: with that its description begins."""
    try:
        model: type[Model] = apps.get_model(label)
    except (LookupError, ValueError):
        return ""
    found = CHINESE.match(model.__doc__ or "")
    return found[0] if found else ""


def names_of(label: str, uids: Collection[Any]) -> dict[UUID, str]:
    """Return how things of a kind are called: by their title, by the persons whose they are."""
    rows: dict[UUID, str] = {}
    if label in PERSONS:
        paths = ["name" if path == "pk" else f"{path}__name" for path in PERSONS[label]]
        for uid, *names in apps.get_model(label).objects.filter(uid__in=uids).values_list("uid", *paths):
            rows[uid] = "、".join(mask_name(name) for name in names if name)
    if label in TITLES:
        titles = apps.get_model(label).objects.filter(uid__in=uids).values_list("uid", TITLES[label])
        rows |= {uid: f"{title} {rows.get(uid, '')}".strip() for uid, title in titles}
    return rows
