"""Addresses of how notices went out."""

from django.urls import path

from lms.portal.authority import delivery_views as views

urlpatterns = [
    path("office/deliveries/", views.deliveries, name="office_deliveries"),
    path("office/deliveries/policy/", views.policy, name="office_delivery_policy"),
    path("office/deliveries/policy/new/", views.policy_new, name="office_delivery_policy_new"),
    path("office/deliveries/<uuid:uid>/retry/", views.retry, name="office_delivery_retry"),
]
