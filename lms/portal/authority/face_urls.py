"""Addresses of the office's desk of faces."""

from django.urls import path

from lms.portal.authority import face_policy_views as policy_views
from lms.portal.authority import face_views as views

urlpatterns = [
    path("office/faces/", views.queue, name="office_faces"),
    path("office/faces/exemptions/", views.exemptions, name="office_face_exemptions"),
    path("office/faces/exemptions/<uuid:uid>/", views.decide, name="office_face_exemption"),
    path("office/faces/policy/", policy_views.policy, name="office_face_policy"),
    path("office/faces/policy/new/", policy_views.policy_new, name="office_face_policy_new"),
    path("office/faces/<uuid:uid>/", views.check, name="office_face"),
    path("office/faces/<uuid:uid>/pictures/", views.pictures, name="office_face_pictures"),
    path("office/faces/<uuid:uid>/opinion/", views.opinion, name="office_face_opinion"),
]
