"""What a detector says: a finding that explains itself, and says what would explain it innocently. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding (线索类型). `is_strong`: seldom seen with honest learners."""

    name: str
    label: str
    is_strong: bool
    innocent: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "shared_device",
            "多人共用一台设备",
            True,
            "一家人、一个宿舍或机构机房的公用电脑，几个人轮流使用，也会这样。可以看各人的学习时间是否错开、机构是否有机房。",
        ),
        Kind(
            "shared_address",
            "多人同一网络地址",
            False,
            "同一间教室、同一个工厂，或同一家运营商的手机网络，对外常常是同一个地址。单凭这一条不能说明问题。",
        ),
        Kind(
            "even_beats",
            "心跳间隔过于均匀",
            False,
            "播放器本来就按固定间隔上报，网络很稳、一直不暂停的学员也会很均匀。须结合其他线索一起看。",
        ),
        Kind(
            "even_answers",
            "在岗确认用时几乎不变",
            True,
            "使用辅助工具（如开关控制、语音控制）的学员，应答用时可能很稳定；应答次数少时也可能是巧合。",
        ),
        Kind(
            "fast_quiz",
            "答题快于阅读",
            True,
            "可能在另一个窗口提前看过题目，或做过内容相同的纸质练习；学习记录上传延迟时，算出的间隔会偏短。",
        ),
        Kind(
            "twin_answers",
            "两人同时交卷",
            True,
            "在同一间教室由老师统一组织答题、同时交卷，也会这样；题目本身容易错在同一处时，错答也会相同。",
        ),
        Kind(
            "night_study",
            "深夜学习",
            False,
            "上夜班、带孩子或有时差的学员，可能只有夜里有空。学习时段以外的时间本来就不计学时。",
        ),
        Kind(
            "two_networks",
            "两个网络来回切换",
            False,
            "手机在无线网和移动网络之间切换，或电脑和手机轮着用，也会这样。系统只记录网段，不记录位置，不能换算距离。",
        ),
        Kind(
            "shared_signer",
            "一台手机为多人签到",
            True,
            "同事或家人手机没电、没有带手机，借用同一台手机登录本人账号签到，也会这样。可以问现场教师和签到的人。",
        ),
        Kind(
            "same_position",
            "多人签到定位相同",
            False,
            "有的手机只给出网络定位，同一间屋里的几台手机可能得到同一个位置和误差。可以看是否都是同一型号、是否有教师在场。",
        ),
        Kind(
            "fast_travel",
            "两地签到过快",
            True,
            "登记的经纬度有误，或课次临时换了地方而安排没有改，算出的距离就不对。请先核对两次课的地点。",
        ),
        Kind(
            "low_faces",
            "人脸比对得分低",
            True,
            "光线暗、戴口罩或眼镜、证件照年代久、面容变化，都会使得分降低。请看原图或改用人工核验。",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a person, a device or an address in a week (线索).

    `subject`: what the case is about, as "person:12" or "device:4fa1…"; `twist`: what tells two findings of one kind,
    subject and week apart; `evidence`: lists of uids by what they are of.
    """

    kind: str
    subject: str
    week: date
    seen: str
    compared: str
    figures: tuple[tuple[str, str], ...]
    evidence: dict[str, list[Any]]
    person: int | None = None
    enrolment: int | None = None
    persons: tuple[int, ...] = field(default=())
    enrolments: tuple[int, ...] = field(default=())  # where several are concerned
    twist: str = ""

    @classmethod
    def of_person(cls, person: int, week: date, kind: str, *, others: tuple[int, ...] = (), **said: Any) -> Self:
        """Return what was found about one person, and which others it concerns. `said`: the other fields."""
        return cls(kind=kind, subject=f"person:{person}", week=week, person=person, persons=(person, *others), **said)

    @property
    def key(self) -> str:
        """Return what makes the same thing the same (线索键): seen again, it is no second flag."""
        return ":".join(filter(None, (self.kind, self.subject, self.week.isoformat(), self.twist)))

    @property
    def is_strong(self) -> bool:
        """Return whether honest learners seldom look so."""
        return KINDS[self.kind].is_strong

    @property
    def innocent(self) -> str:
        """Return what would explain it without any fault."""
        return KINDS[self.kind].innocent
