"""Telling an account of a role that the office gave it, or ended."""

from __future__ import annotations

from lms.access.models import Grant
from lms.notifications.rules import Message
from lms.notifications.services import tell_users


def tell_of_role(grant: Grant) -> None:
    """Tell an account that somebody gave it a role; called when a role is granted (告知授予角色).

    Nobody is told by the system of what the system laid: of the first lead knows who has the server.
    """
    if grant.granted_by_id is not None:
        text = "从现在起可以使用相应的工作台。如与您无关，请联系区办。"
        tell(grant, "given", f"您被授予角色：{place(grant)}", text)


def tell_of_end(grant: Grant) -> None:
    """Tell an account that a role of its own ended; called when a role ended (告知撤销角色)."""
    tell(grant, "ended", f"您的角色已撤销：{place(grant)}", "您已不能使用相应的工作台。如有疑问，请联系区办。")


def place(grant: Grant) -> str:
    """Return which role, and where."""
    role = grant.get_role_display()
    return f"{role}（{grant.organisation}）" if grant.organisation else role


def tell(grant: Grant, what: str, title: str, text: str) -> None:
    """Tell the account."""
    tell_users([grant.user_id], Message("role_changed", grant.uid, f"role:{grant.uid}:{what}", title, text))
