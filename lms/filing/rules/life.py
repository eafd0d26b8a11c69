"""The life of an application and of a filing (备案的状态). Pure."""

from __future__ import annotations

from datetime import date

DRAFT, SUBMITTED, CHECKED, RETURNED, ACCEPTED, WITHDRAWN = (
    "draft", "submitted", "checked", "returned", "accepted", "withdrawn",
)  # fmt: skip
EDITABLE = frozenset({DRAFT, RETURNED})
WAITING = frozenset({SUBMITTED, CHECKED})
UNDECIDED = EDITABLE | WAITING
NEXT: dict[str, frozenset[str]] = {
    DRAFT: frozenset({SUBMITTED, WITHDRAWN}),
    RETURNED: frozenset({SUBMITTED, WITHDRAWN}),
    SUBMITTED: frozenset({CHECKED, RETURNED}),
    CHECKED: frozenset({ACCEPTED, RETURNED}),
    ACCEPTED: frozenset(),
    WITHDRAWN: frozenset(),
}
FILED, SUSPENDED, EXITED = "filed", "suspended", "exited"
WARN, RECTIFY, SUSPEND, LIFT, EXIT = "warn", "rectify", "suspend", "lift", "exit"
MEASURES: dict[str, frozenset[str]] = {  # from which states of a filing a measure may be taken
    WARN: frozenset({FILED, SUSPENDED}),
    RECTIFY: frozenset({FILED, SUSPENDED}),
    SUSPEND: frozenset({FILED}),
    LIFT: frozenset({SUSPENDED}),
    EXIT: frozenset({FILED, SUSPENDED}),
}
LEADS_TO = {SUSPEND: SUSPENDED, LIFT: FILED, EXIT: EXITED}
SHORTEST, LONGEST = 5, 1000  # characters of an opinion


def may_become(state: str, wanted: str) -> bool:
    """Return whether an application may go from one state to another."""
    return wanted in NEXT[state]


def may_take(measure: str, state: str) -> bool:
    """Return whether a measure may be taken of a filing in a state."""
    return state in MEASURES[measure]


def is_suspended(state: str, until: date | None, day: date) -> bool:
    """Return whether a filing is suspended on a day; `until` is the last day, None: until it is lifted (暂停)."""
    return state == SUSPENDED and (until is None or day <= until)


def words_problem(words: str, sentence: str) -> str:
    """Return what is wrong with an opinion, or nothing. `sentence`: what to say of one that is too short."""
    length = len(words.strip())
    if length > LONGEST:
        return f"最多{LONGEST}个字，请写短一些。"
    return "" if length >= SHORTEST else sentence


def due_problem(measure: str, due_on: date | None, day: date, most_days: int) -> str:
    """Return what is wrong with the last day of a measure, or nothing (期限)."""
    if measure == RECTIFY and due_on is None:
        return "请填写整改期限。"
    if due_on is None or measure not in {RECTIFY, SUSPEND}:
        return ""
    if due_on <= day:
        return "期限应晚于今天。"
    return f"期限最长{most_days}天，请改早一些。" if (due_on - day).days > most_days else ""
