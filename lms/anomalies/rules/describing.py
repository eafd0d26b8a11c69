"""The numbers by which something is called odd, in sentences. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lms.anomalies.rules.detectors import clock_time
from lms.anomalies.rules.findings import KINDS
from lms.anomalies.rules.terms import AnomalyTerms


@dataclass(frozen=True, slots=True)
class TermLine:
    """A detector as the office reads it (线索规则说明). `strength`: 强 or 弱."""

    label: str
    strength: str
    sentence: str


def describe_terms(terms: AnomalyTerms) -> list[TermLine]:
    """Return what each detector looks for, or that it is off (口径说明)."""
    night = f"{clock_time(terms.night_from_minute)}至{clock_time(terms.night_to_minute)}"
    sentences = {
        "shared_device": (terms.device_persons, f"同一个浏览器一周内有{terms.device_persons}人学习。"),
        "shared_address": (terms.address_persons, f"同一个网络地址一周内有{terms.address_persons}人学习。"),
        "even_beats": (
            terms.beat_cv_ppm,
            f"一次学习至少{terms.beats_least}个心跳间隔，标准差低于平均值的百万分之{terms.beat_cv_ppm}。",
        ),
        "even_answers": (
            terms.answer_cv_percent,
            f"一周至少{terms.answers_least}次在岗确认，用时的标准差低于平均值的{terms.answer_cv_percent}%。",
        ),
        "fast_quiz": (
            terms.reading_per_second,
            f"题目至少{terms.reading_least}字，离上一次学习的时间按每秒{terms.reading_per_second}字读不完。只看第一次作答。",
        ),
        "twin_answers": (
            terms.twin_seconds,
            f"两人交卷相差不超过{terms.twin_seconds}秒，一周{terms.twin_quizzes}次，或一次有{terms.twin_wrong}题错得一样。",
        ),
        "night_study": (terms.night_minutes, f"{night}播放课程{terms.night_minutes}分钟，一周{terms.night_days}夜。"),
        "two_networks": (
            terms.network_switches,
            f"换设备又换网段，相隔不超过{terms.network_gap_seconds}秒，一周{terms.network_switches}次。"
            "只记录网段、不记录位置，所以不换算距离。",
        ),
        "shared_signer": (
            terms.sign_device_persons,
            f"同一台手机一周内为{terms.sign_device_persons}人在线下实操签到。",
        ),
        "same_position": (
            terms.sign_same_persons,
            f"同一次实操课有{terms.sign_same_persons}人签到时的距离和定位误差完全一样。",
        ),
        "fast_travel": (terms.sign_speed_kmh, f"在两个地点签到，按直线距离算时速超过{terms.sign_speed_kmh}公里。"),
        "low_faces": (terms.face_low, f"人脸比对得分一周有{terms.face_low}次低于当次要求。"),
    }
    return [
        TermLine(
            KINDS[name].label,
            "强" if KINDS[name].is_strong else "弱",
            sentence if value is not None else "没有启用。",
        )
        for name, (value, sentence) in sentences.items()
    ]
