"""What a learner is told when a face check is over and was not passed (人脸抽查未通过). Pure."""

from __future__ import annotations

from lms.faces.rules import Problem
from lms.planning.rules import StudyTerms

FAILED, LATE = "face_check_failed", "face_check_late"
USED_UP = "可试的次数已经用完"
TOO_LATE = "核验完成时，这次抽查的应答时间已经过去"
BECAUSE = {
    "unclear": "画面与参考照片的相似度不够确定",
    "not_alike": "画面中的人与登记的参考照片不一致",
    "picture_repeated": "照片里有已经使用过的",
    "moves_missing": "没有收到全部动作的画面",
    "moves_by_others": "动作过程中画面里的人不一致",
    "moves_too_small": "动作的幅度不够",
    "moves_late": "动作没有按时完成",
}


def failed_check(code: str, terms: StudyTerms, contact: str, *, is_late: bool) -> Problem:
    """Return what happened to a check that is lost, and what to do next. `code`: why the last act was not accepted.

    Nothing may be tried again, so nothing here says so; what the check took comes back by an appeal, or is studied again.
    """
    because = "，".join(filter(None, [BECAUSE.get(code, ""), USED_UP]))
    why = TOO_LATE if is_late else because
    sentence = f"人脸核验没有通过：{why}。上次确认之后的时间暂不认定。{going_on(terms)}{asking_for_it(terms, contact)}"
    return Problem(LATE if is_late else FAILED, sentence)


def going_on(terms: StudyTerms) -> str:
    """Return how learning goes on."""
    if terms.failed_check == "continue":
        return "可以接着学，重学那一段可以补上。"
    return "本次学习已停止，可以重新开始接着学，重学那一段可以补上。"


def asking_for_it(terms: StudyTerms, contact: str) -> str:
    """Return who gives the time back, or whom to ask where nobody takes appeals."""
    if terms.appeal_days is None:
        return f"本班不受理学时申诉，认为有误的，请联系{contact}。"
    return f"认为有误的，可以在{terms.appeal_days}天内到“学时明细”申诉，由两位工作人员先后审核。"
