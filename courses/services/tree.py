"""The page tree: home, catalogue, and an institution's studio with its group and its pictures."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.admin.models import Admin
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site

from courses.models import (
    CatalogueIndexPage,
    HomePage,
    InstitutionPage,
)
from courses.queries.studio import studio_group
from lms.access.models import Grant
from lms.access.rules import SYSTEM, Actor, Role
from lms.audit.services import record
from lms.organisations.models import Organisation

STUDIO_ROLES = (Role.INSTRUCTOR, Role.INSTITUTION)
STUDIO_PAGE_PERMISSIONS = ("add_page", "change_page")
STUDIO_COLLECTION_PERMISSIONS = (
    ("wagtailimages", "add_image"),
    ("wagtailimages", "change_image"),
    ("wagtailimages", "choose_image"),
    ("wagtaildocs", "add_document"),
    ("wagtaildocs", "choose_document"),
)


@transaction.atomic
def lay_tree() -> CatalogueIndexPage:
    """Lay home and catalogue once, and let the site begin at home."""
    Locale.objects.get_or_create(language_code="zh-hans")
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
    home = HomePage.objects.first()
    if home is None:
        for welcome in root.get_children().filter(slug="home", content_type__model="page"):
            welcome.slug = "welcome"
            welcome.save()
        home = root.add_child(instance=HomePage(title="首页", slug="home"))
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "root_page": home, "site_name": "职业技能培训平台"}
        )
    index: CatalogueIndexPage | None = CatalogueIndexPage.objects.first()
    if index is None:
        index = home.add_child(instance=CatalogueIndexPage(title="课程目录", slug="catalogue"))
    return index


@transaction.atomic
def open_studio(*, institution: Organisation, actor: Actor) -> InstitutionPage:
    """Give an institution its page, its collection and a group that may write there but never publish (机构工作区)."""
    page: InstitutionPage | None = InstitutionPage.objects.filter(institution=institution).first()
    if page is None:
        page = lay_tree().add_child(
            instance=InstitutionPage(title=institution.name, slug=f"org-{institution.pk}", institution=institution)
        )
        record(actor, "courses.studio_opened", institution)
    group, _ = Group.objects.get_or_create(name=studio_group(institution.pk))
    group.permissions.add(admin_permission())
    for codename in STUDIO_PAGE_PERMISSIONS:
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    collection = collection_of(institution)
    for app, codename in STUDIO_COLLECTION_PERMISSIONS:
        permission = Permission.objects.get(codename=codename, content_type__app_label=app)
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)
    return page


def admin_permission() -> Permission:
    """Return the permission to enter Wagtail's admin; a migration of Wagtail's lays it."""
    kind = ContentType.objects.get_for_model(Admin)
    found, _ = Permission.objects.get_or_create(
        content_type=kind, codename="access_admin", defaults={"name": "Can access Wagtail admin"}
    )
    return found


def collection_of(institution: Organisation) -> Collection:
    """Return the institution's collection of pictures and documents."""
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    name = f"{institution.short_name}-{institution.pk}"
    return Collection.objects.filter(name=name).first() or root.add_child(name=name)


def join_studio_of_grant(grant: Grant) -> None:
    """Let an instructor or an institution's staff work in the institution's subtree; called when a role is granted."""
    institution = grant.organisation
    if grant.role in STUDIO_ROLES and institution is not None:
        if not Group.objects.filter(name=studio_group(institution.pk)).exists():
            open_studio(institution=institution, actor=SYSTEM)
        grant.user.groups.add(Group.objects.get(name=studio_group(institution.pk)))


def leave_studio_of_grant(grant: Grant) -> None:
    """Take somebody out of an institution's subtree with the last role there; called when a role ended."""
    if grant.organisation_id is None or grant.role not in STUDIO_ROLES:
        return
    others = Grant.objects.filter(user=grant.user, organisation=grant.organisation_id, role__in=STUDIO_ROLES)
    if not others.exists():
        grant.user.groups.remove(*Group.objects.filter(name=studio_group(grant.organisation_id)))
