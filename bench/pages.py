"""Rows `pages.…` and `api.…`: real addresses of the demo district, signed out and signed in."""

from __future__ import annotations

import json
from pathlib import Path

from bench.harness import WARM_UP, Row, Server, interleave, serving

REQUESTS = {"small": 60, "full": 400}
KEPT = 20  # so many times as often: a kept page is answered within a tick of the clock
LEARNER = "xueyuan03"
ROUNDS = {"small": 5, "full": 9}
GOALS = {
    "pages.catalogue": 0.5,  # visitors' pages are kept whole
    "pages.course": 0.5,
    "pages.learner": 0.05,
    "api.courses": 0.2,
    "api.enrolments": 0.1,
    "pages.player": 0.05,
}
BESIDE_WAGTAIL = {
    "pages.catalogue": 1.0,
    "pages.course": 1.0,
    "api.courses": 1.0,
}  # also beside a bare page of Wagtail's


def addresses() -> dict[str, tuple[str, bool]]:
    """Return path and whether a learner is signed in, by row."""
    from courses.models import CoursePage, LessonVersion
    from lms.classes.models import Enrolment

    uid = CoursePage.objects.order_by("pk")[0].uid
    enrolment = Enrolment.objects.filter(person__users__username=LEARNER).select_related("training_class").first()
    lesson = LessonVersion.objects.filter(course_version_id=enrolment.training_class.course_version_id).first()
    return {
        "pages.catalogue": ("/courses/", False),
        "pages.course": (f"/courses/{uid}/", False),
        "pages.learner": ("/my/", True),
        "api.courses": ("/api/v1/courses", False),
        "api.enrolments": ("/api/v1/me/enrolments", True),
        "pages.player": (f"/learn/{enrolment.training_class.uid}/{lesson.lesson_uid}/", True),
    }


def learner_cookie() -> str:
    """Return the session cookie of a learner with history, signed in through the sessions' own store."""
    from django.conf import settings
    from django.test import Client

    from lms.people.models import User

    client = Client()
    client.force_login(User.objects.get(username=LEARNER))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def measure(size: str, only: str, folder: Path) -> dict[str, Row]:
    """Return the rows whose name begins with `only`."""
    if not any(row.startswith(only) for row in GOALS):
        return {}  # a run of beats alone lays no site whose rows could be asked
    wanted = {row: how for row, how in addresses().items() if row.startswith(only)}
    cookie = learner_cookie()
    environment = {"BARE_FOLDER": str(folder)}
    with serving("lms.wsgi:application") as site:
        with serving("bench.bare:application", **environment) as bare:
            rows = {row: one_row(row, how, site, bare, folder, size, cookie) for row, how in wanted.items()}
        with serving("bench.wagtail_page:application", **environment) as wagtail:
            return rows | {
                f"{row}.beside_wagtail": beside_wagtail(row, wanted[row][0], site, wagtail, size)
                for row in BESIDE_WAGTAIL
                if row in wanted
            }


def beside_wagtail(row: str, path: str, site: Server, wagtail: Server, size: str) -> Row:
    """Measure what a visitor gets beside the simplest page that Wagtail serves."""
    count = REQUESTS[size]
    for server, address in ((site, path), (wagtail, "/")):
        server.get(address, {}, WARM_UP)
    value, other = interleave(
        lambda: KEPT * count / max(site.get(path, {}, KEPT * count)[0], 0.01),
        lambda: count / max(wagtail.get("/", {}, count)[0], 0.01),
        ROUNDS[size],
    )
    return Row(value, "requests per CPU-second of the server", other, BESIDE_WAGTAIL[row])


def one_row(row: str, how: tuple[str, bool], site: Server, bare: Server, folder: Path, size: str, cookie: str) -> Row:
    """Measure one address beside the limit that answers the same bytes."""
    path, signed_in = how
    headers = {"Cookie": cookie} if signed_in else {}
    _, answer = site.get(path, headers, WARM_UP)
    if row.startswith("api."):
        (folder / f"{row}.json").write_text(json.dumps(json.loads(answer)))
        bare_path = f"/api/{row}"
    else:
        (folder / f"{row}.body").write_bytes(answer)
        bare_path = f"/page/{row}/"
    bare.get(bare_path, {}, WARM_UP)
    count = REQUESTS[size]

    def ours() -> float:
        times = count if signed_in else KEPT * count
        return times / max(site.get(path, headers, times)[0], 0.01)

    def limit() -> float:
        return 10 * count / max(bare.get(bare_path, {}, 10 * count)[0], 0.01)

    value, best = interleave(ours, limit, ROUNDS[size])
    return Row(value, "requests per CPU-second of the server", best, GOALS[row])
