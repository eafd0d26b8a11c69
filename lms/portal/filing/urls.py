"""Addresses of units' filings."""

from django.urls import path

from lms.portal.filing import views

urlpatterns = [
    path("", views.home, name="filing_home"),
    path("<uuid:uid>/", views.unit, name="filing_unit"),
    path("<uuid:uid>/apply/", views.apply, name="filing_apply"),
    path("<uuid:uid>/report/", views.report, name="filing_report"),
    path("applications/<uuid:uid>/", views.application, name="filing_application"),
    path("applications/<uuid:uid>/add/<slug:part>/", views.row_add, name="filing_row_add"),
    path("applications/<uuid:uid>/remove/<slug:part>/<uuid:row>/", views.row_remove, name="filing_row_remove"),
    path("applications/<uuid:uid>/submit/", views.submit, name="filing_submit"),
    path("applications/<uuid:uid>/withdraw/", views.withdraw, name="filing_withdraw"),
    path("<uuid:uid>/agreements/<int:year>/", views.agreement, name="filing_agreement"),
    path("papers/<uuid:uid>/", views.paper, name="filing_paper"),
    path("reports/<uuid:uid>/", views.report_file, name="filing_report_file"),
]
