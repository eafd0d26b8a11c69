"""What a notice says outside the site: a letter for one of each kind, another for several, in each language. Pure.

What happened was told in finished Chinese words; a letter says of which kind it is, and where it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lms.notifications.rules import shortened

LANGUAGES = {"zh": "中文", "en": "English"}
LONGEST_PARAMETER = 35  # characters of a variable of a short message; the vendors refuse longer ones
SUBJECTS: dict[str, dict[str, str]] = {
    "class_decided": {"zh": "开班审批有结果", "en": "Your class filing was decided"},
    "course_decided": {"zh": "课程审核有结果", "en": "Your course review was decided"},
    "enrolled": {"zh": "您已入学", "en": "You are enrolled in a class"},
    "class_closed": {"zh": "班级已结班", "en": "Your class has closed"},
    "appeal_decided": {"zh": "学时申诉有结果", "en": "Your appeal about learning time was decided"},
    "case_person": {"zh": "有核查事项与您有关", "en": "A case concerns you"},
    "case_institution": {"zh": "有核查事项与本单位有关", "en": "A case concerns your institution"},
    "practice_changed": {"zh": "线下实操有变动", "en": "A practice day has changed"},
    "live_changed": {"zh": "直播课有变动", "en": "A live lesson has changed"},
    "replay_shown": {"zh": "直播回放已发布", "en": "A replay of a live lesson is there"},
    "live_unattended": {"zh": "直播课没有学员计入", "en": "No learner was counted in a live lesson"},
    "live_teach_soon": {"zh": "您的直播课快开始了", "en": "A live lesson of yours begins soon"},
    "filing_decided": {"zh": "机构备案有新的进展", "en": "News about your unit's filing"},
    "role_changed": {"zh": "您的角色有变动", "en": "A role of yours has changed"},
    "live_soon": {"zh": "直播课快开始了", "en": "A live lesson begins soon"},
}
SEVERAL = {"zh": "您有{count}件事要办", "en": "You have {count} things to look at"}
SEE = {"zh": "请登录平台查看：{link}", "en": "Sign in to see more: {link}"}
STOP = {"zh": "不想再收到邮件：{link}", "en": "Unsubscribe from e-mail: {link}"}


@dataclass(frozen=True, slots=True)
class Item:
    """What a letter tells of one notice."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person about one or several notices (外发消息).

    `template` names what an SMS vendor has approved, from the special to the general (`notice.enrolled.en`: of this kind
    in this language); `parameters` fill it, in order.
    """

    subject: str
    text: str
    template: str
    parameters: dict[str, str]
    link: str


def letter_of(items: Sequence[Item], language: str, link: str) -> Letter:
    """Return the letter about these notices, oldest first. `link`: where they are read."""
    if len(items) == 1:
        (item,) = items
        subject = SUBJECTS[item.kind][language]
        template = f"notice.{item.kind}.{language}"
        parameters = {"kind": subject, "title": shortened(item.title, LONGEST_PARAMETER)}
    else:
        subject = SEVERAL[language].format(count=len(items))
        template, parameters = f"notices.{language}", {"count": str(len(items))}
    told = "\n\n".join("\n".join(filter(None, (item.title, item.text))) for item in items)
    return Letter(subject, f"{told}\n\n{SEE[language].format(link=link)}\n", template, parameters, link)
