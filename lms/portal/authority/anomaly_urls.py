"""Addresses of the anomaly queue."""

from django.urls import path

from lms.portal.authority import anomaly_policy_views as policy_views
from lms.portal.authority import anomaly_statistics_views as statistics_views
from lms.portal.authority import anomaly_views as views

urlpatterns = [
    path("office/anomalies/", views.queue, name="office_anomalies"),
    path("office/anomalies/detect/", views.detect_now, name="office_anomalies_detect"),
    path("office/anomalies/statistics/", statistics_views.statistics, name="office_anomaly_statistics"),
    path("office/anomalies/statistics.xlsx", statistics_views.sheet, name="office_anomaly_statistics_sheet"),
    path("office/anomalies/policy/", policy_views.policy, name="office_anomaly_policy"),
    path("office/anomalies/policy/new/", policy_views.policy_new, name="office_anomaly_policy_new"),
    path("office/anomalies/<uuid:uid>/", views.case, name="office_anomaly"),
    path("office/anomalies/<uuid:uid>/take/", views.take, name="office_anomaly_take"),
    path("office/anomalies/<uuid:uid>/ask/", views.ask, name="office_anomaly_ask"),
    path("office/anomalies/<uuid:uid>/rule/", views.rule, name="office_anomaly_rule"),
    path("office/anomalies/<uuid:uid>/confirm/", views.confirm, name="office_anomaly_confirm"),
    path("office/anomalies/<uuid:uid>/appeals/<uuid:step_uid>/", views.decide, name="office_anomaly_appeal"),
]
