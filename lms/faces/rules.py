"""When two faces are one person's, and when a sequence of moves was made. Pure. Source: docs/sources.md (人脸核验)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, NamedTuple

MOVES = {"left": "请慢慢向左转头", "right": "请慢慢向右转头", "centre": "请正对镜头", "closer": "请靠近镜头一些"}
PASSED, UNCLEAR, FAILED = "passed", "unclear", "failed"
FILE = "file"
SILENT, DECLINED, DIFFERS = "silent", "declined", "differs"
PROVIDERS = {"tencent": "腾讯云", "aliyun": "阿里云"}
HELD = "参考照片已登记。"
PROVIDER_NOTICES = {  # what whoever enrolled reads, by what a provider answered
    PASSED: HELD + "实人认证已通过。",
    UNCLEAR: HELD + "认证机构还不能确认是您本人，已转区办人工核对，不影响现在使用，不需要再做什么。",
    SILENT: HELD + "认证机构现在没有答复，已转区办人工核对，不影响现在使用，不需要再做什么。",
    DECLINED: HELD + "照片没有发送给认证机构，由区办人工核对，不影响现在使用。",
    DIFFERS: HELD + "认证机构的结论与身份证的比对不一致，已转区办人工核对，不影响现在使用。",
}
PROVIDER_DOUBTS = {  # what the office reads; kept as the refusal of a check that people look at
    f"provider_{UNCLEAR}": "认证机构不能确认",
    f"provider_{SILENT}": "认证机构没有答复（无响应、暂停或当天次数用完）",
    f"provider_{DECLINED}": "本人没有同意发送给认证机构",
    f"provider_{DIFFERS}": "认证机构认为不是本人，身份证比对一致",
}
WORDS_DAYS = 365
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FaceTerms:
    """人脸核验口径: scores are cosines of the embedded model, lengths in pixels, bytes, seconds and hours."""

    pass_score: float  # 393 genuine pairs 99.5 % accepted, 2,172 of different people none
    unclear_score: float  # below it: somebody else; between: a person decides
    turned_score: float  # between frames of one challenge, heads turned
    swing: float  # change of nose_turn to the asked side; a photo turned by hand reaches 0.128
    swing_total: float
    closer: float  # by how much the face grows
    moves: int
    challenge_seconds: int
    most_frames: int
    most_bytes: int
    most_pixels: int
    least_face_pixels: int
    image_hours: int  # how long the picture of a check is kept
    reference_days: int  # how long the face that others are held against is kept
    tries_per_hour: int
    filing_count: int  # 人脸识别技术应用安全管理办法: filed within 30 working days
    file_moves: int = 1  # asked of whoever takes single photographs: these cannot follow each other as fast
    file_seconds: int = 180
    upload_seconds: int = 30  # how long the pictures may be on their way
    least_light: int = 40  # mean grey, of 255, below which a face that is not found is said to be in the dark
    exemption_days: int = 180  # how long another way than the face is granted at a time
    provider_daily: int = 0  # 实人认证 a day, over all people; 0: nobody's face is sent to a provider
    provider_person_daily: int = 3
    provider_pause_after: int = 5  # times in a row without an answer, before the provider is left alone
    provider_pause_seconds: int = 300
    provider_fen: int = 0  # what one costs, for the office's sight; 0: not told
    words_days: int = WORDS_DAYS  # how long is kept what people wrote in requests, rulings and opinions

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> FaceTerms:
        """Return the terms of a policy; a figure that a later release added has its default.

        Raises KeyError for one that lacks another figure.
        """
        return cls(**{item.name: raw[item.name] for item in fields(cls) if item.default is MISSING or item.name in raw})

    def moves_for(self, capture: str) -> int:
        """Return how many moves are asked for, by how the pictures are taken."""
        return self.file_moves if capture == FILE else self.moves

    def seconds_for(self, capture: str) -> int:
        """Return in how many seconds the moves are made, by how the pictures are taken."""
        return self.file_seconds if capture == FILE else self.challenge_seconds

    def as_json(self) -> dict[str, Any]:
        """Return what a policy keeps."""
        return asdict(self)


MAY_BE_ZERO = ("provider_daily", "provider_fen")


def terms_problems(terms: FaceTerms) -> dict[str, str]:
    """Return a sentence for each figure that cannot be (口径校验)."""
    wrong = {
        name: "请填写大于零的数。" for name, value in terms.as_json().items() if value <= 0 and name not in MAY_BE_ZERO
    }
    wrong |= {name: "请填写不小于零的数。" for name in MAY_BE_ZERO if getattr(terms, name) < 0}
    if not terms.unclear_score < terms.pass_score <= 1:
        wrong |= {"pass_score": "通过线应高于人工核验线，且不超过1。"}
    if max(terms.moves, terms.file_moves) >= terms.most_frames:
        wrong |= {"most_frames": "照片张数应多于动作个数：动作之前还有一张正脸。"}
    if terms.words_days < terms.exemption_days:
        wrong |= {"words_days": "说明的保存天数不能少于其他方式的有效期：有效期内还要能查到理由。"}
    return wrong


@dataclass(frozen=True, slots=True)
class Frame:
    """What a picture of a challenge shows: the move that was asked, when it was taken (ms since the challenge)."""

    move: str
    at_ms: int
    turn: float
    share: float
    to_reference: float
    to_previous: float


def verdict(score: float, terms: FaceTerms) -> str:
    """Return whether a score passes, fails, or is for a person to decide."""
    if score >= terms.pass_score:
        return PASSED
    return UNCLEAR if score >= terms.unclear_score else FAILED


def nose_turn(landmarks: Sequence[Point]) -> float:
    """Return how far the nose lies to a side of the face, in distances of the eyes: of a flat picture it never changes.

    Landmarks: the eye on the picture's left, the other, nose, the two corners of the mouth.
    """
    (ax, ay), (bx, by), (nx, ny), (cx, cy), (dx, dy) = landmarks
    mid_x, mid_y = (ax + bx) / 2, (ay + by) / 2
    eye_x, eye_y = bx - ax, by - ay
    down_x, down_y = (cx + dx) / 2 - mid_x, (cy + dy) / 2 - mid_y
    area = eye_x * down_y - eye_y * down_x
    if not area:
        return 0.0
    return ((nx - mid_x) * down_y - (ny - mid_y) * down_x) / area


class Problem(NamedTuple):
    """Why a sequence of moves is not accepted: a code for machines, a sentence that says what to do."""

    code: str
    sentence: str


MISSED = Problem("moves_missing", "没有收到全部动作的画面，请按提示重新做一遍。")
OTHERS = Problem("moves_by_others", "动作过程中画面里的人不一致，请由本人一次完成。")
SMALL = Problem("moves_too_small", "动作幅度不够，请按提示转头或靠近镜头，重新做一遍。")
FLAT = Problem("moves_too_small", "转头的幅度不够，请再转大一些，重新做一遍。")


def challenge_problem(asked: Sequence[str], frames: Sequence[Frame], terms: FaceTerms, seconds: int) -> Problem | None:
    """Return why the moves were not made, or nothing (活体动作判定).

    Left and right are the person's own: a head turned left moves the nose to the picture's right. The first frame looks
    straight and is the one that the others are held against.
    """
    if [frame.move for frame in frames] != ["centre", *asked]:
        return MISSED
    if not are_in_time([frame.at_ms for frame in frames], seconds):
        return Problem("moves_late", f"动作没有在{seconds}秒内完成，请重新开始。")
    if any(min(frame.to_previous, frame.to_reference) < terms.turned_score for frame in frames[1:]):
        return OTHERS
    if any(not was_made(frame, frames[0], terms) for frame in frames[1:]):
        return SMALL
    turns = [frame.turn for frame in frames]
    if {"left", "right"} & set(asked) and max(turns) - min(turns) < terms.swing_total:
        return FLAT
    return None


def are_in_time(times: Sequence[int], seconds: int) -> bool:
    """Return whether frames follow each other within so many seconds."""
    return list(times) == sorted(set(times)) and times[0] >= 0 and times[-1] <= seconds * 1000


def likeness(frames: Sequence[Frame], terms: FaceTerms) -> float:
    """Return the best score of the frames that look straight: a turned head scores less."""
    straight = [frame.to_reference for frame in frames if abs(frame.turn - frames[0].turn) < terms.swing]
    return max(straight)


def was_made(frame: Frame, start: Frame, terms: FaceTerms) -> bool:
    """Return whether a frame shows the move that was asked."""
    swing = frame.turn - start.turn
    if frame.move == "closer":
        return frame.share >= start.share * (1 + terms.closer)
    if frame.move == "centre":
        return abs(swing) < terms.swing
    return swing >= terms.swing if frame.move == "left" else -swing >= terms.swing


def possible_sequences(count: int) -> list[tuple[str, ...]]:
    """Return the sequences that a challenge is drawn from: a turn is among them, no move twice in a row."""
    return [
        moves
        for moves in itertools.product(MOVES, repeat=count)
        if {"left", "right"} & set(moves) and all(a != b for a, b in itertools.pairwise(("centre", *moves)))
    ]


AGREEING = 2  # of the office, before a face is called somebody's or not


def decision_of(opinions: Sequence[bool]) -> bool | None:
    """Return what two people of the office agree on, nothing before (人工核验结论)."""
    return next((side for side in (True, False) if list(opinions).count(side) >= AGREEING), None)


EXAMPLE_TERMS = (
    FaceTerms(  # where an office starts from: the scores that were measured, lengths that it has to decide on
        pass_score=0.45,
        unclear_score=0.36,
        turned_score=0.30,
        swing=0.22,
        swing_total=0.30,
        closer=0.15,
        moves=3,
        challenge_seconds=12,
        most_frames=5,
        most_bytes=15_000_000,
        most_pixels=60_000_000,
        least_face_pixels=60,
        image_hours=72,
        reference_days=180,
        tries_per_hour=10,
        filing_count=100_000,
    )
)
FILING_NEAR = 0.8  # of the count: then it is time to prepare the papers


def provider_words(terms: FaceTerms) -> str:
    """Return what a policy means for asking a provider."""
    if not terms.provider_daily:
        return "登记参考照片时不请外部机构认证，由区办人工核对。"
    cost = f"，按每次{terms.provider_fen / 100:g}元最多{terms.provider_daily * terms.provider_fen / 100:g}元"
    return (
        f"本人同意的，登记参考照片时请外部机构认证：全区每天最多{terms.provider_daily}次{cost if terms.provider_fen else ''}，"
        f"每人每天最多{terms.provider_person_daily}次；连续{terms.provider_pause_after}次没有答复的，"
        f"暂停{terms.provider_pause_seconds}秒。没有结论的由两名工作人员核对。"
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking a provider at an enrolment. `answer`: passed, unclear, failed, silent or declined (认证结论)."""

    answer: str
    sentence: str = ""

    @property
    def is_for_people(self) -> bool:
        """Return whether people of the office have to look."""
        return self.answer in {UNCLEAR, SILENT, DECLINED, DIFFERS}


def weighed(asked: Asked, card_score: float | None, terms: FaceTerms) -> Asked:
    """Return what a provider's answer means beside a card that was compared: who contradict each other decide nothing."""
    if asked.answer == FAILED and card_score is not None and card_score >= terms.pass_score:
        return Asked(DIFFERS)
    return asked


def describe_terms(terms: FaceTerms) -> list[tuple[str, str]]:
    """Return what a policy means, in sentences (口径说明)."""
    return [
        (
            "比对",
            f"相似度不低于{terms.pass_score:g}为通过，低于{terms.unclear_score:g}为未通过，之间的由两名工作人员核对。"
            f"转头的画面之间不低于{terms.turned_score:g}。",
        ),
        (
            "动作",
            f"页面摄像头：随机{terms.moves}个动作，{terms.challenge_seconds}秒内完成。"
            f"上传照片：{terms.file_moves}个动作，{terms.file_seconds}秒内完成。",
        ),
        (
            "动作幅度",
            f"转头后鼻尖位置变化不低于{terms.swing:g}，左右合计不低于{terms.swing_total:g}；"
            f"靠近后脸宽增加不低于{terms.closer:.0%}。",
        ),
        (
            "照片",
            f"一次最多{terms.most_frames}张，每张不超过{terms.most_bytes / 1_000_000:g}MB、"
            f"{terms.most_pixels / 1_000_000:g}百万像素，"
            f"脸宽不少于{terms.least_face_pixels}像素，传送不超过{terms.upload_seconds}秒。",
        ),
        ("次数", f"每人一小时最多{terms.tries_per_hour}次。"),
        ("实人认证", provider_words(terms)),
        (
            "保存",
            f"核验照片{terms.image_hours}小时后删除，参考照片和人脸特征{terms.reference_days}天后删除；"
            f"申请、决定和意见里的说明{terms.words_days}天后删除；结果和得分按培训档案保存。",
        ),
        ("其他方式", f"区办同意后{terms.exemption_days}天内不需要人脸核验。"),
        ("备案", f"存储的人脸信息达到{terms.filing_count}人时，向省级网信部门备案。"),
    ]


def filing_words(count: int, terms: FaceTerms) -> tuple[str, str]:
    """Return how near the filing duty is (near, due or an empty word) and what to do (人脸识别技术应用安全管理办法)."""
    if count >= terms.filing_count:
        return "due", (
            "已达到备案数量。请在达到之日起30个工作日内，通过所在地省级网信部门备案，"
            "提交处理目的和方式、存储数量和安全措施、处理规则、个人信息保护影响评估报告等材料；内容有变化的，30个工作日内变更备案。"
        )
    if count >= terms.filing_count * FILING_NEAR:
        return "near", "接近备案数量。请准备备案材料和个人信息保护影响评估报告，并清理不再需要的参考照片。"
    return "", "未达到备案数量，不需要备案。个人信息保护影响评估在启用前就要完成，报告和处理情况记录至少保存3年。"
