"""Who may do what (权限表): one table, asked by `require()`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from lms.kernel.errors import ForbiddenError


class Role(StrEnum):
    """角色. Learner is everybody with a real name; the others are granted."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    OFFICE_MAKER = "office_maker"
    OFFICE_CHECKER = "office_checker"
    DEPARTMENT = "department"
    AUDITOR = "auditor"
    SYSTEM = "system"


ROLE_NAMES = {
    Role.LEARNER: "学员",
    Role.INSTRUCTOR: "讲师",
    Role.INSTITUTION: "培训机构工作人员",
    Role.ENTERPRISE: "企业工作人员",
    Role.OFFICE_MAKER: "区办经办人",
    Role.OFFICE_CHECKER: "区办复核人",
    Role.DEPARTMENT: "主管部门",
    Role.AUDITOR: "审计员",
    Role.SYSTEM: "系统",
}
OFFICE = frozenset({Role.OFFICE_MAKER, Role.OFFICE_CHECKER})
UNIT_KINDS = {
    Role.INSTRUCTOR: "institution",
    Role.INSTITUTION: "institution",
    Role.ENTERPRISE: "enterprise",
    Role.DEPARTMENT: "department",
}  # the kind of unit at which a role is held; the others are held in the whole district
READERS = OFFICE | {Role.DEPARTMENT, Role.AUDITOR}
DISTRICT_WIDE = OFFICE | {Role.AUDITOR, Role.SYSTEM}

PERMISSIONS: dict[str, frozenset[Role]] = {
    "catalogue.import": OFFICE,
    "catalogue.publish": OFFICE,
    "demand.register": frozenset({Role.LEARNER, Role.ENTERPRISE}),
    "planning.edit": OFFICE,
    "courses.edit": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "courses.upload": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "courses.set_quota": OFFICE,
    "courses.submit": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "courses.review": OFFICE,
    "courses.release": OFFICE,
    "courses.set_checklist": OFFICE,
    "classes.file": frozenset({Role.INSTITUTION}),
    "classes.propose_upgrade": frozenset({Role.INSTITUTION}),
    "classes.decide": frozenset({Role.OFFICE_CHECKER, Role.OFFICE_MAKER}),
    "classes.view": READERS | {Role.INSTITUTION, Role.INSTRUCTOR},
    "roster.view": READERS | {Role.INSTITUTION},
    "study": frozenset({Role.LEARNER}),
    "live.plan": frozenset({Role.INSTITUTION, Role.INSTRUCTOR}),
    "live.inspect": READERS,
    "attendance.withdraw": OFFICE | {Role.DEPARTMENT},
    "attendance.restore": OFFICE | {Role.DEPARTMENT},
    "practice.plan": frozenset({Role.INSTITUTION, Role.INSTRUCTOR}),
    "practice.view": READERS | {Role.INSTITUTION, Role.INSTRUCTOR},
    "practice.sign": frozenset({Role.LEARNER}),
    "practice.file": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "practice.confirm": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "attendance.call_roll": frozenset({Role.INSTRUCTOR, Role.INSTITUTION}),
    "quiz.answer": frozenset({Role.LEARNER}),
    "progress.view": READERS | {Role.LEARNER, Role.INSTITUTION, Role.INSTRUCTOR},
    "completion.view": READERS | {Role.INSTITUTION},
    "evidence.view": READERS,
    "completion.export": OFFICE | {Role.DEPARTMENT, Role.AUDITOR},
    "appeals.file": frozenset({Role.LEARNER}),
    "appeals.view": READERS,
    "appeals.decide": OFFICE | {Role.DEPARTMENT},
    "anomalies.view": READERS,
    "anomalies.handle": OFFICE | {Role.DEPARTMENT},
    "faces.check": frozenset({Role.LEARNER}),
    "faces.exempt": OFFICE,
    "faces.review": OFFICE,
    "faces.view": OFFICE | {Role.AUDITOR},
    "notifications.view": OFFICE | {Role.AUDITOR},
    "notifications.retry": OFFICE,
    "people.reveal": OFFICE | {Role.AUDITOR},
    "people.resolve_case": OFFICE,
    "filing.view": READERS | {Role.INSTITUTION, Role.ENTERPRISE},
    "filing.apply": OFFICE | {Role.INSTITUTION, Role.ENTERPRISE},
    "filing.sign": frozenset({Role.INSTITUTION, Role.ENTERPRISE}),
    "filing.add_unit": OFFICE,
    "filing.check": OFFICE,
    "filing.accept": frozenset({Role.OFFICE_CHECKER}),
    "access.view": OFFICE | {Role.AUDITOR},
    "access.ask": OFFICE,
    "access.decide": frozenset({Role.OFFICE_CHECKER}),
    "access.end": frozenset({Role.OFFICE_CHECKER}),
    "audit.view": frozenset({Role.AUDITOR, Role.OFFICE_CHECKER}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a thing belongs to (数据范围), as ids; None where it belongs to nobody in particular."""

    institution_id: int | None = None
    department_id: int | None = None
    person_id: int | None = None


class Scoped(Protocol):
    """A target that knows what it belongs to."""

    def access_scope(self) -> Scope:
        """Return what it belongs to."""


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """A role at a unit; no unit: in the whole district."""

    role: Role
    organisation_id: int | None = None

    def reaches(self, scope: Scope, person_id: int | None) -> bool:
        """Return whether a thing of this scope lies within the role's reach."""
        if self.role in DISTRICT_WIDE:
            return True
        if self.role == Role.LEARNER:
            return person_id is not None and scope.person_id == person_id
        if self.role == Role.DEPARTMENT:
            return self.organisation_id is not None and scope.department_id == self.organisation_id
        return self.organisation_id is not None and scope.institution_id == self.organisation_id


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts (操作者): an account, the person behind it, and all its roles."""

    user_id: int | None = None
    person_id: int | None = None
    granted: frozenset[GrantedRole] = field(default_factory=frozenset)

    @property
    def role_name(self) -> str:
        """Return the roles as the operation log notes them."""
        return "+".join(sorted({grant.role for grant in self.granted}))[:20] or "visitor"

    def has(self, *roles: Role) -> bool:
        """Return whether one of the roles was granted."""
        return any(grant.role in roles for grant in self.granted)

    def units(self, *roles: Role) -> frozenset[int]:
        """Return the ids of the units at which one of the roles is held."""
        return frozenset(g.organisation_id for g in self.granted if g.role in roles and g.organisation_id is not None)


SYSTEM = Actor(granted=frozenset({GrantedRole(Role.SYSTEM)}))
VISITOR = Actor()


def is_permitted(actor: Actor, permission: str, target: Scoped | None = None) -> bool:
    """Return whether one of the actor's roles has the permission and reaches the target."""
    roles = PERMISSIONS[permission] | {Role.SYSTEM}
    scope = target.access_scope() if target is not None else None
    return any(
        grant.role in roles and (scope is None or grant.reaches(scope, actor.person_id)) for grant in actor.granted
    )


def require(actor: Actor, permission: str, target: Scoped | None = None) -> None:
    """Raise ForbiddenError unless permitted.

    Without a target only the role is asked: for lists that are scoped by query.
    """
    if not is_permitted(actor, permission, target):
        raise ForbiddenError("您没有办理这项业务的权限。如确需办理，请联系本单位管理员或区办。", permission=permission)


def unit_obstacle(role: Role, kind: str | None) -> str:
    """Return why a role cannot be held at a unit of this kind, or nothing (任职单位). `kind`: None without a unit."""
    wanted = UNIT_KINDS.get(role)
    if wanted == kind:
        return ""
    if wanted is None:
        return f"“{ROLE_NAMES[role]}”在全区范围内任职，不属于某个单位。请不要选择单位。"
    words = {"institution": "培训机构", "enterprise": "企业", "department": "主管部门"}
    return f"“{ROLE_NAMES[role]}”须在一家{words[wanted]}任职。请选择一家{words[wanted]}。"


def is_oneself(actor: Actor, *, user_id: int | None, person_id: int | None) -> bool:
    """Return whether an account is the actor's own, or another of the same person's (本人账号)."""
    return (user_id is not None and user_id == actor.user_id) or (
        person_id is not None and person_id == actor.person_id
    )
