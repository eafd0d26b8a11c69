"""Addresses of the review of courses."""

from django.urls import path

from lms.portal.authority import review_views as views

urlpatterns = [
    path("office/reviews/", views.review_list, name="office_reviews"),
    path("office/reviews/<uuid:uid>/", views.review_page, name="office_review"),
]
