"""The words and numbers of rooms of live lessons: the versions, and a new one (课堂互动口径)."""

from __future__ import annotations

from lms.live.queries.rooms import policy_on, policy_versions
from lms.live.rules.talking import describe_terms
from lms.live.services import publish_policy
from lms.portal.authority.policy_versions import PolicyPages
from lms.portal.authority.room_policy_forms import RoomPolicyForm

policy, policy_new = PolicyPages(
    title="课堂互动口径",
    stays="已经上完的直播课不受影响；当天的直播课按新版本。",
    back="office_room_policy",
    template="room_policy.html",
    form_template="room_policy_form.html",
    form=RoomPolicyForm,
    on=policy_on,
    versions=policy_versions,
    describe=lambda held: describe_terms(held.room_terms()),
    publish=publish_policy,
).views()
