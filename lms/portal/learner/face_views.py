"""A person's own face: consent, the picture that is held, another way, what was checked (人脸核验)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.faces import services
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.forms import RefusableForm
from lms.kernel.powers import with_camera
from lms.kernel.uploading import in_memory
from lms.portal.learner.face_forms import ExemptionForm, FacePhotoForm, ReplaceForm
from lms.portal.learner.face_pages import face_page

MOST_UPLOAD_BYTES = 32_000_000  # a face and a card, of phones that make large pictures
TOO_LARGE = "照片太大，没有接收。请用较低的清晰度重新拍摄。"


def page(
    request: SignedInRequest, *, status: int = 200, refusal: str = "", refused: RefusableForm | None = None
) -> HttpResponse:
    """Return the page, with the form that was refused."""
    shown = face_page(request.user.person)
    context: dict[str, Any] = {
        "page": shown,
        "refusal": refusal,
        "photo": FacePhotoForm(),
        "replace": ReplaceForm(),
        "exemption": ExemptionForm(initial={"reason": "" if shown.standing.consent else "no_consent"}),
    }
    if refused is not None:
        context[str(refused.prefix)] = refused
    if not shown.may_use_card:
        del context["photo"].fields["card"]
    return render(request, "portal/learner/face.html", context, status=status)


def for_persons(view: Callable[[SignedInRequest], HttpResponse]) -> Callable[[SignedInRequest], HttpResponse]:
    """Lead whoever has no real name yet to where it is given."""

    def led(request: SignedInRequest) -> HttpResponse:
        if request.user.person is None:
            messages.warning(request, "请先完成实名登记，再使用人脸核验。")
            return redirect("/my/identity/?next=/my/face/")
        return view(request)

    return led


@for_persons
def too_large(request: SignedInRequest) -> HttpResponse:
    """Say that a picture is too large; it is not read."""
    return page(request, status=413, refusal=TOO_LARGE)


@with_camera
@open_to(SIGNED_IN)
@require_GET
@for_persons
def my_face(request: SignedInRequest) -> HttpResponse:
    """Show how one stands with face checks."""
    return page(request)


@with_camera
@open_to(SIGNED_IN)
@require_POST
@for_persons
def consent(request: SignedInRequest) -> HttpResponse:
    """Agree to face checks, on their own and of one's own will (单独同意)."""
    version = request.POST.get("version", "")
    if not version:
        return page(request, status=422, refusal="请先阅读告知书，勾选同意后再提交。不同意的，可以在下面申请其他方式。")
    try:
        services.give_consent(person=request.user.person, version=version, actor=actor_for(request.user))
    except InvalidError as error:
        return page(request, status=error.status, refusal=error.message)
    messages.success(request, "已记录您的同意。随时可以在本页撤回。")
    return redirect("my_face")


@with_camera
@open_to(SIGNED_IN)
@require_POST
@for_persons
def withdraw(request: SignedInRequest) -> HttpResponse:
    """Take the consent back (撤回同意)."""
    if request.POST.get("is_sure") != "1":
        return page(request, status=422, refusal="请先勾选确认，再撤回同意。")
    services.withdraw_consent(person=request.user.person, actor=actor_for(request.user))
    messages.success(request, "已撤回同意，参考照片、人脸特征和留存的核验照片已删除。已认定的学时不受影响。")
    return redirect("my_face")


@with_camera
@open_to(SIGNED_IN)
@require_POST
@in_memory(MOST_UPLOAD_BYTES, too_large)
@for_persons
def photo(request: SignedInRequest) -> HttpResponse:
    """Keep a picture as what later ones are held against (登记参考照片)."""
    form = FacePhotoForm(request.POST, request.FILES)

    def deed() -> services.Enrolled:
        card = form.cleaned_data["card"]
        return services.enrol(
            person=request.user.person,
            shot=shot_of(form),
            actor=actor_for(request.user),
            card=card.read() if card else None,
            may_ask=form.cleaned_data["may_ask"],
        )

    return enrolled(request, form, deed)


@with_camera
@open_to(SIGNED_IN)
@require_POST
@in_memory(MOST_UPLOAD_BYTES, too_large)
@for_persons
def replace(request: SignedInRequest) -> HttpResponse:
    """Put a newer picture in the place of the held one (更换参考照片)."""
    form = ReplaceForm(request.POST, request.FILES)

    def deed() -> services.Enrolled:
        return services.replace_reference(
            person=request.user.person,
            shot=shot_of(form),
            reason=form.cleaned_data["reason"],
            actor=actor_for(request.user),
        )

    return enrolled(request, form, deed, "参考照片已更换，原来的已删除。")


def shot_of(form: RefusableForm) -> services.Shot:
    """Return the picture of a form as the service takes it."""
    return services.Shot(form.cleaned_data["photo"].read(), "enrol", form.cleaned_data["capture"])


def enrolled(
    request: SignedInRequest, form: RefusableForm, deed: Callable[[], services.Enrolled], done: str = ""
) -> HttpResponse:
    """Do what a form asks for; say why where the picture is not held."""
    if not form.is_valid():
        return page(request, status=422, refused=form)
    try:
        made = deed()
    except InvalidError as error:
        form.take(error)
        return page(request, status=error.status, refused=form)
    except DomainError as error:
        return page(request, status=error.status, refusal=error.message)
    if made.problem is not None:
        form.add_error("photo", made.problem.sentence)
        return page(request, status=422, refused=form)
    messages.success(request, done or made.notice)
    return redirect("my_face")


@with_camera
@open_to(SIGNED_IN)
@require_POST
@for_persons
def exemption(request: SignedInRequest) -> HttpResponse:
    """Ask for another way than the face (申请其他方式)."""
    form = ExemptionForm(request.POST)
    if not form.is_valid():
        return page(request, status=422, refused=form)
    try:
        services.ask_exemption(person=request.user.person, actor=actor_for(request.user), **form.cleaned_data)
    except InvalidError as error:
        form.take(error)
        return page(request, status=error.status, refused=form)
    except DomainError as error:
        return page(request, status=error.status, refusal=error.message)
    messages.success(request, "申请已提交，区办决定后本页会显示结果。等待期间不影响您学习不需要人脸核验的课程。")
    return redirect("my_face")
