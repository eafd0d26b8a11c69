"""Practice at a place: the deeds. Doors import from here."""

from lms.practice.services.lists import Line, confirm_list, file_list, return_list
from lms.practice.services.sheets import SheetReport, file_sheet, sign_in_sheet, signed_paper
from lms.practice.services.signing import Ticket, code_now, sign, signed_ticket, ticket_for
from lms.practice.services.timetable import Plan, cancel_practice, change_practice, plan_practice

__all__ = [
    "Line",
    "Plan",
    "SheetReport",
    "Ticket",
    "cancel_practice",
    "change_practice",
    "code_now",
    "confirm_list",
    "file_list",
    "file_sheet",
    "plan_practice",
    "return_list",
    "sign",
    "sign_in_sheet",
    "signed_paper",
    "signed_ticket",
    "ticket_for",
]
