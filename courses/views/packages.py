"""The studio's course packages (课件包)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from courses.forms import PackageForm
from courses.models import CoursePackage
from courses.queries.packages import PassKind, package_for, packages_visible_to, stage_of
from courses.queries.studio import studio_institutions
from courses.queries.uses import use_of_package
from courses.services.packages import delete_package, retry_package, upload_package
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import open_to
from lms.kernel.errors import DomainError, InvalidError

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
WAITING = {CoursePackage.State.UPLOADED, CoursePackage.State.UNPACKING}


@open_to(*STAFF)
def package_list(request: HttpRequest) -> HttpResponse:
    """Return the institution's packages."""
    page = Paginator(packages_visible_to(actor_for(request.user)), 20).get_page(request.GET.get("p"))
    return render(request, "courses/studio/package_list.html", {"page": page})


@open_to(*STAFF)
def package_new(request: HttpRequest) -> HttpResponse:
    """Take an upload."""
    actor = actor_for(request.user)
    form = PackageForm(request.POST or None, request.FILES or None, institutions=studio_institutions(actor))
    if request.method == "POST" and form.is_valid() and (package := uploaded(request, form)):
        messages.success(request, "课件包已上传，正在检查和解包。处理期间可以离开本页。")
        return redirect("studio:package", package.uid)
    context = {"form": form}
    return render(request, "courses/studio/package_form.html", context, status=422 if form.errors else 200)


def uploaded(request: HttpRequest, form: PackageForm) -> CoursePackage | None:
    """Return the package of a form, or put the refusal at its field."""
    values = form.cleaned_data
    file = values["file"]
    try:
        return upload_package(
            institution=values["institution"],
            title=values["title"],
            file=file,
            name=file.name,
            size=file.size,
            actor=actor_for(request.user),
        )
    except InvalidError as error:
        form.take(error)
        return None


@open_to(*STAFF)
def package_detail(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return a package with its progress, its fault or its preview."""
    package = package_for(actor_for(request.user), uid)
    context = {
        "package": package,
        "stage": stage_of(package, kind=PassKind.PREVIEW, subject=package.uid),
        "is_waiting": package.state in WAITING,
        "may_retry": package.state == CoursePackage.State.FAILED,
        "megabytes": -(-package.size_bytes // 1024**2),
        "use": use_of_package(package),
    }
    return render(request, "courses/studio/package_detail.html", context)


@open_to(*STAFF)
def package_state(request: HttpRequest, uid: UUID) -> JsonResponse:
    """Return how far a package is, for polling."""
    package = package_for(actor_for(request.user), uid)
    job = package.job
    failed = job is not None and job.state == job.State.FAILED
    return JsonResponse(
        {
            "is_waiting": package.state in WAITING and not failed,
            "percent": job.progress_percent if job else 0,
            "state": package.get_state_display(),
        }
    )


@require_POST
@open_to(*STAFF)
def package_retry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Try a failed package again."""
    actor = actor_for(request.user)
    package = package_for(actor, uid)
    try:
        retry_package(package=package, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("studio:package", uid)


@require_POST
@open_to(*STAFF)
def package_delete(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Delete a package that no lesson plays."""
    actor = actor_for(request.user)
    package = package_for(actor, uid)
    try:
        delete_package(package=package, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("studio:package", uid)
    messages.success(request, "课件包已删除。")
    return redirect("studio:packages")
