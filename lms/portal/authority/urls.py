"""Addresses of the office, the departments and the auditors."""

from django.urls import path

from lms.portal.authority import (
    catalogue_views,
    class_views,
    deed_views,
    ledger_views,
    live_views,
    policy_views,
    practice_views,
    room_policy_views,
    upgrade_views,
)

urlpatterns = [
    path("", class_views.home, name="office_home"),
    path("classes/", class_views.class_list, name="office_classes"),
    path("classes/<uuid:uid>/", class_views.class_page, name="office_class"),
    path("classes/<uuid:uid>/approve/", class_views.class_approve, name="office_class_approve"),
    path("classes/<uuid:uid>/return/", class_views.class_return, name="office_class_return"),
    path("classes/<uuid:uid>/close/", class_views.class_close, name="office_class_close"),
    path("classes/<uuid:uid>/upgrade/", upgrade_views.class_upgrade, name="office_class_upgrade"),
    path("live/policy/", room_policy_views.policy, name="office_room_policy"),
    path("live/policy/new/", room_policy_views.policy_new, name="office_room_policy_new"),
    path("live/", live_views.lives, name="office_lives"),
    path("live/<uuid:uid>/", live_views.live, name="office_live"),
    path("live/<uuid:uid>/attendance/", live_views.attendance, name="office_live_attendance"),
    path("live/<uuid:uid>/attendance/<uuid:enrolment>/", live_views.attendance_of_one, name="office_live_way"),
    path("practice/", practice_views.days, name="office_practice_days"),
    path("practice/<uuid:uid>/", practice_views.practice, name="office_practice"),
    path("practice/<uuid:uid>/paper/", practice_views.paper, name="office_practice_paper"),
    path("ledger/", ledger_views.ledger, name="office_ledger"),
    path("deeds/", deed_views.deeds, name="office_deeds"),
    path("deeds/<uuid:uid>/", deed_views.deed, name="office_deed"),
    path("catalogue/import/", catalogue_views.catalogue_import, name="office_catalogue_import"),
    path("catalogue/template.xlsx", catalogue_views.catalogue_template, name="office_catalogue_template"),
    path("published/", catalogue_views.published_import, name="office_published"),
    path("published/template.xlsx", catalogue_views.published_template, name="office_published_template"),
    path("policies/", policy_views.policy_list, name="office_policies"),
    path("policies/new/", policy_views.policy_new, name="office_policy_new"),
    path("policies/<uuid:uid>/", policy_views.policy_page, name="office_policy"),
    path("policies/<uuid:uid>/new/", policy_views.policy_new, name="office_policy_from"),
]
