"""The numbers by which something is called odd: the versions, and a new one."""

from __future__ import annotations

from lms.anomalies.queries.policies import policy_on, policy_versions
from lms.anomalies.rules.describing import describe_terms
from lms.anomalies.services import publish_policy
from lms.portal.authority.anomaly_forms import AnomalyPolicyForm
from lms.portal.authority.policy_versions import PolicyPages

policy, policy_new = PolicyPages(
    title="线索口径",
    stays="已有的线索仍按发现时的版本。",
    back="office_anomaly_policy",
    template="anomaly_policy.html",
    form_template="anomaly_policy_form.html",
    form=AnomalyPolicyForm,
    on=policy_on,
    versions=policy_versions,
    describe=lambda held: describe_terms(held.anomaly_terms()),
    publish=publish_policy,
).views()
