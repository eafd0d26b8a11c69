"""How far a background job is, for the page that waits for it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from lms.access.views import SIGNED_IN, open_to
from lms.kernel.errors import NotFoundError
from lms.kernel.models import Job


@open_to(SIGNED_IN)
def job(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return an own job's state as JSON."""
    found = Job.objects.filter(uid=uid, owner_id=request.user.pk).first()
    if found is None:
        raise NotFoundError("没有找到这项任务。")
    words = {"state": found.state, "state_name": found.get_state_display(), "error": found.error}
    return JsonResponse({**words, "progress_percent": found.progress_percent, "result": found.result})


urlpatterns = [path("<uuid:uid>/", job, name="job")]
