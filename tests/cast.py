"""The cast of all tests: one of each role, two institutions, a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Actor, Role
from lms.access.services import grant_role
from lms.kernel.sealing import blind_index
from lms.organisations.models import Organisation
from lms.people.models import Assurance, Person, User

PASSWORD = "correct-horse-9"
# Numbers with a valid check digit of a place that does not exist (999999): no real person has them.
WANG_FANG = "99999919900307002X"
LU_REN = "999999198511120010"


def check_digit(first17: str) -> str:
    """Return the last character of GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def document_number(serial: int, *, birth: str = "19900307") -> str:
    """Return a made-up resident ID number with a right check digit (示例)."""
    first17 = f"999999{birth}{serial:03}"
    return first17 + check_digit(first17)


@dataclass(slots=True)
class Cast:
    """Everybody on stage."""

    wang: User  # learner with a real name
    lu: User  # 路人: signed in, real name, in no class
    li: User  # instructor of A
    zhao: User  # institution staff of A
    qian: User  # institution staff of B
    sun: User  # office maker
    chen: User  # office checker
    zhou: User  # department
    wu: User  # auditor
    feng: User  # enterprise staff
    institution_a: Organisation
    institution_b: Organisation
    department: Organisation
    enterprise: Organisation

    def actor(self, name: str) -> Actor:
        """Return the actor of a member of the cast."""
        return actor_for(getattr(self, name))


def make_person(name: str, serial: int) -> Person:
    """Return a person with a made-up, valid number."""
    number = document_number(serial)
    return Person.objects.create(
        name=name,
        document_number=number,
        document_index=blind_index(number, "document"),
        birth_date=date(1990, 3, 7),
        assurance=Assurance.DECLARED,
    )


def make_user(username: str, person: Person | None = None) -> User:
    """Return an account with the cast's password."""
    user = User(username=username, person=person)
    user.set_password(PASSWORD)
    user.save()
    return user


def make_cast() -> Cast:
    """Lay the cast."""
    kinds = Organisation.Kind
    a = Organisation.objects.create(kind=kinds.INSTITUTION, name="示例职业培训学校甲", short_name="甲校")
    b = Organisation.objects.create(kind=kinds.INSTITUTION, name="示例职业培训学校乙", short_name="乙校")
    office = Organisation.objects.create(kind=kinds.DEPARTMENT, name="示例区人社局", short_name="人社局")
    enterprise = Organisation.objects.create(kind=kinds.ENTERPRISE, name="示例机械厂", short_name="机械厂")
    cast = Cast(
        wang=make_user("wangfang", make_person("王芳", 2)),
        lu=make_user("luren", make_person("路人", 4)),
        **{name: make_user(name) for name in ("li", "zhao", "qian", "sun", "chen", "zhou", "wu", "feng")},
        institution_a=a,
        institution_b=b,
        department=office,
        enterprise=enterprise,
    )
    roles = {
        "li": (Role.INSTRUCTOR, a),
        "zhao": (Role.INSTITUTION, a),
        "qian": (Role.INSTITUTION, b),
        "sun": (Role.OFFICE_MAKER, None),
        "chen": (Role.OFFICE_CHECKER, None),
        "zhou": (Role.DEPARTMENT, office),
        "wu": (Role.AUDITOR, None),
        "feng": (Role.ENTERPRISE, enterprise),
    }
    for name, (role, organisation) in roles.items():
        grant_role(user=getattr(cast, name), role=role, organisation=organisation, actor=SYSTEM)
    return cast
