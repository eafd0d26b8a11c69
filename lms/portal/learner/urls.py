"""Addresses of a learner's own pages."""

from django.urls import path

from lms.portal.learner import demand_views, views

urlpatterns = [
    path("", views.my, name="my"),
    path("enter/", views.enter, name="enter"),
    path("me/", views.me, name="me"),
    path("demand/", demand_views.my_demand, name="my_demand"),
    path("demand/withdraw/", demand_views.my_demand_withdraw, name="my_demand_withdraw"),
    path("classes/<uuid:uid>/", views.my_class, name="my_class"),
    path("hours/<uuid:uid>/", views.my_hours, name="my_hours"),
]
