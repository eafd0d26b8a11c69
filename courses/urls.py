"""Addresses of content."""

from django.urls import path

from courses.views import bucket_uploads, sandbox, uploads
from courses.views import media as views

urlpatterns = [
    path("uploads/", uploads.create, name="uploads"),
    path("uploads/direct/", bucket_uploads.create, name="bucket_uploads"),
    path("uploads/<uuid:uid>/parts/", bucket_uploads.parts, name="upload_parts"),
    path("uploads/<uuid:uid>/parts/<int:number>/", bucket_uploads.sign, name="upload_part"),
    path("uploads/<uuid:uid>/complete/", bucket_uploads.complete, name="upload_complete"),
    path("uploads/<uuid:uid>/", uploads.one, name="upload"),
    path("uploads/<uuid:uid>/title/", uploads.rename, name="upload_title"),
    path("media/v/<str:token>/<str:name>", views.video_file, name="video_file"),
    path("media/question-audio/<uuid:uid>", views.question_sound, name="question_sound"),
    path("scorm/<str:token>/<path:name>", sandbox.package_file, name="package_file"),
    path("media/images/<str:name>", views.picture, name="picture"),
    path(
        "documents/<int:document_id>/<str:filename>", views.document, name="wagtaildocs_serve"
    ),  # the name Wagtail asks for
]
