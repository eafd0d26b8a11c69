"""Addresses of enterprises."""

from django.urls import path

from lms.portal.enterprise import views

urlpatterns = [
    path("demand/", views.demand, name="enterprise_demand"),
    path("demand/<uuid:uid>/withdraw/", views.withdraw, name="enterprise_demand_withdraw"),
]
