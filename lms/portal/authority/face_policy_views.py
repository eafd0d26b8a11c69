"""The numbers by which faces are compared: the versions, and a new one (人脸核验口径)."""

from __future__ import annotations

from lms.faces.queries import policy_on, policy_versions
from lms.faces.rules import describe_terms
from lms.faces.services import publish_policy
from lms.portal.authority.face_forms import FacePolicyForm
from lms.portal.authority.policy_versions import PolicyPages

policy, policy_new = PolicyPages(
    title="人脸核验口径",
    stays="已做的核验仍按当时的版本。",
    back="office_face_policy",
    template="face_policy.html",
    form_template="face_policy_form.html",
    form=FacePolicyForm,
    on=policy_on,
    versions=policy_versions,
    describe=lambda held: describe_terms(held.face_terms()),
    publish=publish_policy,
).views()
