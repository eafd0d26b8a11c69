"""What learners are told of their time: how a check ended, what it took, how to go on, who may give it back (学时用语). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from attendance.rules import AUTO_SETTLE_MS
from lms.planning.rules import StudyTerms

CONFIRMED = "已确认，学习时间已计入。"
FURTHER = "刚才答错了，请再答一题。"
USED_UP = "可试的次数已经用完"
TOO_LATE = "核验完成时，这次抽查的应答时间已经过去"
MISSED = {
    "tap": "没有在规定时间内应答",
    "question": "没有在规定时间内作答",
    "face": "没有在规定时间内完成核验",
}
WRONG = {"tap": "应答的内容不对", "question": "题目答错了"}
BECAUSE = {
    "unclear": "画面与参考照片的相似度不够确定",
    "not_alike": "画面中的人与登记的参考照片不一致",
    "picture_repeated": "照片里有已经使用过的",
    "moves_missing": "没有收到全部动作的画面",
    "moves_by_others": "动作过程中画面里的人不一致",
    "moves_too_small": "动作的幅度不够",
    "moves_late": "动作没有按时完成",
}


def length(ms: int) -> str:
    """Return 22分钟, or 45秒 below a minute."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}分{seconds}秒" if minutes and seconds else f"{minutes}分钟" if minutes else f"{seconds}秒"


def waiting_for(terms: StudyTerms, *, is_asked: bool = False) -> str:
    """Return what makes pending time count. `is_asked`: a check is open, as one that another class left owing may be."""
    if terms.check_min_ms is not None:
        return "通过下一次抽查后计入"
    if is_asked:
        return "通过正在进行的抽查后计入"
    return f"本班不设抽查，每满{length(AUTO_SETTLE_MS)}计入一次，其余在离开这一课后计入"


@dataclass(frozen=True, slots=True)
class LostCheck:
    """A check that is over and was not passed (未通过的抽查).

    `problem`: why the last act of a face check was not accepted; `is_late`: that act ended after the time to answer;
    `withheld_ms`: what the check took, on the day `withheld_on`; `contact`: whom to ask where nobody takes appeals.
    """

    kind: str
    is_missed: bool
    withheld_ms: int
    withheld_on: date
    contact: str
    problem: str = ""
    is_late: bool = False


def lost_check(lost: LostCheck, terms: StudyTerms) -> str:
    """Return why it was not passed, what is withheld, how to go on, and where and until when to appeal.

    Nothing may be tried again, so nothing here says so; what the check took comes back by an appeal, or is studied again.
    """
    name = "人脸核验" if lost.kind == "face" else "在岗确认"
    return (
        f"{name}没有通过：{why_lost(lost)}。{what_is_withheld(lost)}{going_on(lost, terms)}{asking_for_it(lost, terms)}"
    )


def why_lost(lost: LostCheck) -> str:
    """Return why a check was not passed."""
    if lost.is_missed:
        return TOO_LATE if lost.is_late else MISSED[lost.kind]
    if lost.kind in WRONG:
        return WRONG[lost.kind]
    return "，".join(filter(None, [BECAUSE.get(lost.problem, ""), USED_UP]))


def took_nothing(lost: LostCheck) -> bool:
    """Return whether no time to speak of waited for the check."""
    return lost.withheld_ms < 1000


def what_is_withheld(lost: LostCheck) -> str:
    """Return what does not count for now."""
    if took_nothing(lost):
        return "没有学习时间在等这次确认，已计入的学时不受影响。"
    return f"上次确认之后的{length(lost.withheld_ms)}暂不认定。"


def going_on(lost: LostCheck, terms: StudyTerms) -> str:
    """Return how learning goes on."""
    way = "可以接着学" if terms.failed_check == "continue" else "本次学习已停止，可以重新开始接着学"
    return f"{way}。" if took_nothing(lost) else f"{way}，重学那一段可以补上。"


def asking_for_it(lost: LostCheck, terms: StudyTerms) -> str:
    """Return who gives the time back and until when, or whom to ask where nobody takes appeals."""
    if took_nothing(lost):
        return ""
    until = terms.appealable_until(lost.withheld_on)
    if until is None:
        return f"本班不受理学时申诉，认为有误的，请联系{lost.contact}。"
    day = f"{until.year}年{until.month}月{until.day}日"
    return f"认为有误的，可以到“学时明细”申诉，最晚{day}，由两位工作人员先后审核。"
