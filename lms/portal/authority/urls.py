"""Addresses of the office, the departments and the auditors."""

from django.urls import path

from lms.portal.authority import catalogue_views, class_views, upgrade_views

urlpatterns = [
    path("", class_views.home, name="office_home"),
    path("classes/", class_views.class_list, name="office_classes"),
    path("classes/<uuid:uid>/", class_views.class_page, name="office_class"),
    path("classes/<uuid:uid>/approve/", class_views.class_approve, name="office_class_approve"),
    path("classes/<uuid:uid>/return/", class_views.class_return, name="office_class_return"),
    path("classes/<uuid:uid>/close/", class_views.class_close, name="office_class_close"),
    path("classes/<uuid:uid>/upgrade/", upgrade_views.class_upgrade, name="office_class_upgrade"),
    path("catalogue/import/", catalogue_views.catalogue_import, name="office_catalogue_import"),
    path("catalogue/template.xlsx", catalogue_views.catalogue_template, name="office_catalogue_template"),
    path("published/", catalogue_views.published_import, name="office_published"),
    path("published/template.xlsx", catalogue_views.published_template, name="office_published_template"),
    path("policies/", catalogue_views.policy_list, name="office_policies"),
    path("policies/<uuid:uid>/", catalogue_views.policy_page, name="office_policy"),
]
