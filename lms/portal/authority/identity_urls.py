"""Addresses of the office's identity cases."""

from django.urls import path

from lms.portal.authority import identity_views as views
from lms.portal.authority import merge_views

urlpatterns = [
    path("office/identity-cases/", views.identity_cases, name="identity_cases"),
    path("office/identity-cases/<uuid:uid>/separate/", views.separate_account, name="separate_account"),
    path("office/identity-cases/<uuid:uid>/phones/", views.reveal_case_phones, name="reveal_case_phones"),
    path("office/identity-cases/<uuid:uid>/", views.decide_identity_case, name="decide_identity_case"),
    path("office/person-merges/", merge_views.person_merges, name="person_merges"),
    path(
        "office/person-merges/<uuid:survivor_uid>/<uuid:absorbed_uid>/documents/",
        merge_views.reveal_compared,
        name="reveal_compared",
    ),
    path(
        "office/person-merges/<uuid:survivor_uid>/<uuid:absorbed_uid>/",
        merge_views.compare_persons,
        name="compare_persons",
    ),
    path("office/person-merges/<uuid:uid>/", merge_views.person_merge, name="person_merge"),
]
