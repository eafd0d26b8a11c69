"""The deeds of filing and supervision: one for each step."""

from lms.filing.services.agreeing import countersign_agreement, publish_text, sign_agreement
from lms.filing.services.applying import (
    add_row,
    add_unit,
    change_application,
    remove_row,
    start_application,
    submit_application,
    withdraw_application,
)
from lms.filing.services.files import open_paper, open_report
from lms.filing.services.policies import publish_policy
from lms.filing.services.reviewing import accept_application, check_application, return_application
from lms.filing.services.supervising import decide_measure, decide_report, propose_measure, report_rectified

__all__ = [
    "accept_application",
    "add_row",
    "add_unit",
    "change_application",
    "check_application",
    "countersign_agreement",
    "decide_measure",
    "decide_report",
    "open_paper",
    "open_report",
    "propose_measure",
    "publish_policy",
    "publish_text",
    "remove_row",
    "report_rectified",
    "return_application",
    "sign_agreement",
    "start_application",
    "submit_application",
    "withdraw_application",
]
