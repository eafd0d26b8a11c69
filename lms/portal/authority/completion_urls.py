"""Addresses of completion lists, evidence and exports."""

from django.urls import path

from lms.portal.authority import completion_views as views

urlpatterns = [
    path("office/completion/", views.completion_classes, name="office_completion"),
    path("office/completion/<uuid:uid>/", views.completion_list, name="office_completion_list"),
    path("office/completion/<uuid:uid>/export/", views.completion_export, name="office_completion_export"),
    path("office/evidence/<uuid:uid>/", views.evidence, name="office_evidence"),
    path("office/evidence/<uuid:uid>/reveal/", views.reveal, name="office_reveal"),
    path("office/classes/<uuid:uid>/evidence/", views.evidence_package, name="office_class_evidence"),
    path("office/exports/", views.exports, name="office_exports"),
    path("office/exports/<uuid:uid>/file/", views.export_file, name="office_export_file"),
    path("institution/completion/<uuid:uid>/", views.institution_completion, name="institution_completion"),
]
