"""The numbers of filing and supervision: the versions, and a new one."""

from __future__ import annotations

from lms.filing.queries.policies import policy_on, policy_versions
from lms.filing.rules.terms import describe_terms
from lms.filing.services import publish_policy
from lms.portal.authority.filing_forms import FilingPolicyForm
from lms.portal.authority.policy_versions import PolicyPages

policy, policy_new = PolicyPages(
    title="机构管理口径",
    stays="已经办结的备案和措施不受影响。",
    back="office_filing_policy",
    template="filing_policy.html",
    form_template="filing_policy_form.html",
    form=FilingPolicyForm,
    on=policy_on,
    versions=policy_versions,
    describe=lambda held: describe_terms(held.filing_terms()),
    publish=publish_policy,
).views()
