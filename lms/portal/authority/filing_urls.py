"""Addresses of the office's supervision of institutions and enterprises."""

from django.urls import path

from lms.portal.authority import filing_policy_views as policy_views
from lms.portal.authority import filing_views as views

urlpatterns = [
    path("office/institutions/", views.units, name="office_institutions"),
    path("office/institutions/new/", views.unit_new, name="office_institution_new"),
    path("office/institutions/policy/", policy_views.policy, name="office_filing_policy"),
    path("office/institutions/policy/new/", policy_views.policy_new, name="office_filing_policy_new"),
    path("office/institutions/agreements/text/", views.agreement_text, name="office_agreement_text"),
    path("office/institutions/agreements/<uuid:uid>/", views.agreement, name="office_agreement"),
    path("office/institutions/<uuid:uid>/", views.unit, name="office_institution"),
    path("office/institutions/<uuid:uid>/propose/", views.propose, name="office_institution_propose"),
    path("office/institutions/steps/<uuid:uid>/", views.step, name="office_filing_step"),
    path("office/institutions/filings/<uuid:uid>/", views.review, name="office_filing"),
]
