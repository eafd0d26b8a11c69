"""Addresses of the official account."""

from django.urls import path

from lms.wechat import views

urlpatterns = [
    path("wechat/callback/", views.callback, name="wechat_callback"),
    path("wechat/bind/", views.bind, name="wechat_bind"),
    path("wechat/bound/", views.bound, name="wechat_bound"),
    path("wechat/unbind/", views.unbind, name="wechat_unbind"),
]
