"""Addresses of the review of courses."""

from django.urls import path

from lms.portal.authority import remark_views
from lms.portal.authority import review_views as views

urlpatterns = [
    path("office/reviews/", views.review_list, name="office_reviews"),
    path("office/reviews/<uuid:uid>/", views.review_page, name="office_review"),
    path("office/reviews/<uuid:uid>/comments/", remark_views.comment_add, name="office_comment"),
    path(
        "office/reviews/<uuid:uid>/comments/<uuid:comment_uid>/remove/",
        remark_views.comment_remove,
        name="office_comment_remove",
    ),
    path("office/checklists/", remark_views.checklists, name="office_checklists"),
    path("office/course-versions/<uuid:uid>/", remark_views.version_list, name="office_versions"),
    path("office/course-versions/<uuid:uid>/<int:number>/", remark_views.version_page, name="office_version"),
]
