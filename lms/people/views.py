"""Doors of accounts: the one door by phone, the development page of messages, real name, security."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.views import ConfirmLoginCodeView
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.account.inputs import RequestLoginCodeInput
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.base.views import APIView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lms.access.queries import actor_for
from lms.access.views import PUBLIC, SIGNED_IN, SignedInRequest, open_to
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.kernel.uploading import in_memory
from lms.people import services
from lms.people.forms import IdentityForm, NewPasswordForm, PhoneForm, PhotoForm
from lms.people.queries import current_consent, devices_of, own_case, proved_by_code, shown_person, user_by_phone
from lms.people.rules import mask_phone

ENTRY_PHONE = "entry_phone"
MOST_UPLOAD_BYTES = 16_000_000  # the form around a photo of 15 MB


class PhoneEntryView(APIView):
    """Sign in or sign up by code: the same answer and the same message whether the number is known or not."""

    input_class = RequestLoginCodeInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Send a code."""
        if request.user.is_authenticated:
            return ConflictResponse(request)
        phone = self.input.cleaned_data["phone"]
        user = self.input._user or services.shell_account(phone)
        LoginCodeVerificationProcess.initiate(request=request, user=user, phone=phone)
        return AuthenticationResponse(request)


@csrf_exempt
@open_to(PUBLIC)
def closed(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Answer 404 for stock doors that tell known numbers from unknown ones."""
    return HttpResponseNotFound()


@open_to(PUBLIC)
def to_phone(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Lead from a stock door that is of no use here (reset by e-mail) to the one by phone."""
    return redirect("sign_in_by_phone")


def asked_next(request: HttpRequest, default: str) -> str:
    """Return where to go afterwards; never to another site."""
    url = request.GET.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()) else default


@open_to(PUBLIC)
def sign_in_by_phone(request: HttpRequest) -> HttpResponse:
    """Take a number, send a code, go on at allauth's page for codes (手机验证码登录)."""
    after = asked_next(request, settings.LOGIN_REDIRECT_URL)
    if request.user.is_authenticated:
        return redirect(after)
    form = PhoneForm(request.POST or None, initial={"phone": request.session.pop(ENTRY_PHONE, "")})
    status = 200
    if request.method == "POST" and form.is_valid():
        phone = form.cleaned_data["phone"]
        user = user_by_phone(phone) or services.shell_account(phone)
        try:
            LoginCodeVerificationProcess.initiate(request=request, user=user, phone=phone)
        except DomainError as error:
            form.add_error(None, error.message)
            status = error.status
        except ImmediateHttpResponse:
            form.add_error("phone", "刚刚给这个号码发送过验证码，请过60秒再获取；一天最多10次。")
            status = 429
        else:
            return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': after})}")
    status = 422 if form.errors and status == 200 else status
    return render(request, "account/phone.html", {"form": form, "next": after}, status=status)


class CodeConfirmView(ConfirmLoginCodeView):
    """allauth's page for codes, whose refusals lead back here instead of to a dead end."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """After the last wrong code ask for a new one, with the number filled in again."""
        phone = str(self._process.state.get("phone") or "")
        if self._process.record_invalid_attempt():
            again: HttpResponse = self.render_to_response(self.get_context_data(form=form))
            return again
        messages.error(self.request, "验证码输错次数过多，这个验证码已作废。请重新获取验证码。")
        self.request.session[ENTRY_PHONE] = phone.removeprefix("+86")
        return redirect(self.passthrough_next_url(reverse("sign_in_by_phone")))

    def _resend_form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            sent: HttpResponse = super()._resend_form_valid(form)
            return sent
        except ImmediateHttpResponse:
            messages.warning(self.request, "刚刚发送过，请过60秒再点重新发送。之前收到的验证码仍然有效，可以直接填写。")
        return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))


confirm_code = open_to(PUBLIC)(CodeConfirmView.as_view())


@open_to(PUBLIC)
def development_messages(request: HttpRequest) -> HttpResponse:
    """Show the newest messages; in the demo and in development only."""
    sent = services.development_messages()
    if sent is None:
        raise Http404
    return render(request, "people/development_messages.html", {"messages_sent": sent})


def identity_page(
    request: SignedInRequest, form: IdentityForm, *, photo: PhotoForm, notice: str = "", status: int = 200
) -> HttpResponse:
    """Return the page of the real name, the form as it is filled in."""
    context = {
        "form": form,
        "photo": photo,
        "consent": current_consent(services.REAL_NAME),
        "shown": shown_person(request.user.person),
        "notice": notice,
        "case": own_case(request.user),
    }
    return render(request, "people/identity.html", context, status=status)


@open_to(SIGNED_IN)
def identity(request: SignedInRequest) -> HttpResponse:
    """Show the state of the real name, or take it (实名登记)."""
    form = IdentityForm(request.POST or None)
    notice = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.register_person(user=request.user, actor=actor_for(request.user), **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        except ConflictError as error:
            notice = error.message
        else:
            messages.success(request, "实名登记完成。您所在的班级会自动出现在“学习”中。")
            return redirect(asked_next(request, settings.LOGIN_REDIRECT_URL))
    status = 409 if notice else 422 if form.errors else 200
    return identity_page(request, form, photo=PhotoForm(), notice=notice, status=status)


def photo_too_large(request: SignedInRequest) -> HttpResponse:
    """Say that a photo is too large; it is not read."""
    photo = PhotoForm({})
    photo.add_error("photo", "照片太大，请用较低的清晰度重新拍摄。")
    return identity_page(request, IdentityForm(), photo=photo, status=413)


@open_to(SIGNED_IN)
@require_POST
@in_memory(MOST_UPLOAD_BYTES, photo_too_large)
def identity_photo(request: SignedInRequest) -> HttpResponse:
    """Fill the form in from a picture; what is sent afterwards is what its person has checked."""
    form, photo = IdentityForm(), PhotoForm(request.POST, request.FILES)
    status = 422
    if photo.is_valid():
        picture = photo.cleaned_data["photo"].read()
        try:
            facts = services.read_identity_card(user=request.user, picture=picture, actor=actor_for(request.user))
        except InvalidError as error:
            photo.take(error)
        except services.ReaderBusyError as error:
            photo.add_error("photo", error.message)
            status = error.status
        else:
            form = IdentityForm(initial=asdict(facts))
            read = "已填好姓名和证件号码" if facts.name else "已填好证件号码，姓名没有看清，请手工填写"
            messages.success(request, f"{read}。请对照证件逐字核对，有错就改，再提交。照片没有保存。")
            status = 200
    response = identity_page(request, form, photo=photo, status=status)
    response["Cache-Control"] = "no-store"
    return response


@open_to(SIGNED_IN)
def security(request: SignedInRequest) -> HttpResponse:
    """Show number, password, second factor and devices (账号与安全)."""
    user = request.user
    context = {
        "devices": devices_of(request),
        "phone": mask_phone(user.phone_sealed) if user.phone_sealed else "",
        "has_password": user.has_usable_password(),
        "shown": shown_person(user.person),
        "is_staff": user.is_staff,
    }
    return render(request, "people/security.html", context)


@open_to(SIGNED_IN)
@require_POST
def end_device(request: SignedInRequest, device_id: int) -> HttpResponse:
    """Sign a device out (让一台设备退出登录)."""
    services.end_device(user=request.user, device_id=device_id)
    messages.success(request, "该设备已退出登录。")
    return redirect("security")


@open_to(SIGNED_IN)
def password_by_code(request: SignedInRequest) -> HttpResponse:
    """Set a password after a fresh sign-in by code (用验证码设置新密码)."""
    is_proved = proved_by_code(request)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and is_proved and form.is_valid():
        try:
            services.set_password_by_code(request, form.cleaned_data["password"])
        except InvalidError as error:
            form.add_error("password", error.message)
        else:
            messages.success(request, "密码设置成功，其他设备已退出登录。")
            return redirect("security")
    status = 422 if form.errors else 200
    return render(request, "people/password_by_code.html", {"form": form, "is_proved": is_proved}, status=status)
