"""Addresses of a learner's own pages."""

from django.urls import path

from lms.portal.learner import (
    appeal_views,
    case_views,
    demand_views,
    face_views,
    live_views,
    notice_setting_views,
    notice_views,
    practice_views,
    views,
)

urlpatterns = [
    path("", views.my, name="my"),
    path("enter/", views.enter, name="enter"),
    path("me/", views.me, name="me"),
    path("demand/", demand_views.my_demand, name="my_demand"),
    path("demand/withdraw/", demand_views.my_demand_withdraw, name="my_demand_withdraw"),
    path("classes/<uuid:uid>/", views.my_class, name="my_class"),
    path("cases/", case_views.my_cases, name="my_cases"),
    path("cases/<uuid:uid>/", case_views.my_case_reply, name="my_case_reply"),
    path("face/", face_views.my_face, name="my_face"),
    path("face/consent/", face_views.consent, name="my_face_consent"),
    path("face/withdraw/", face_views.withdraw, name="my_face_withdraw"),
    path("face/photo/", face_views.photo, name="my_face_photo"),
    path("face/replace/", face_views.replace, name="my_face_replace"),
    path("face/exemption/", face_views.exemption, name="my_face_exemption"),
    path("appeals/", appeal_views.my_appeals, name="my_appeals"),
    path("appeals/new/<uuid:entry_uid>/", appeal_views.my_appeal_new, name="my_appeal_new"),
    path("appeals/<uuid:uid>/withdraw/", appeal_views.my_appeal_withdraw, name="my_appeal_withdraw"),
    path("hours/<uuid:uid>/", views.my_hours, name="my_hours"),
    path("live/", live_views.my_lives, name="my_lives"),
    path("live/<uuid:uid>/", live_views.my_live, name="my_live"),
    path("live/<uuid:uid>/replay/", live_views.my_replay, name="my_replay"),
    path("notices/", notice_views.notices, name="my_notices"),
    path("notices/count/", notice_views.notice_count, name="my_notice_count"),
    path("notices/read/", notice_views.notices_read, name="my_notices_read"),
    path("notices/email/", notice_setting_views.email_ask, name="my_email"),
    path("notices/email/drop/", notice_setting_views.email_drop, name="my_email_drop"),
    path("notices/settings/", notice_setting_views.notice_settings, name="my_notice_settings"),
    path("notices/<uuid:uid>/", notice_views.notice_open, name="my_notice"),
    path("practice/<uuid:uid>/", practice_views.practice, name="my_practice"),
    path("practice/<uuid:uid>/sign/", practice_views.sign, name="practice_sign"),
    path("practice/<uuid:uid>/<str:way>/<str:token>/", practice_views.scan, name="practice_scan"),
]
