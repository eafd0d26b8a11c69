"""Which numbers make sense (口径检查). Pure."""

from __future__ import annotations

from datetime import date

from lms.planning.rules.terms import CHECK_KINDS, StudyTerms


def policy_problems(name: str, source: str, effective_from: date, effective_to: date | None) -> dict[str, str]:
    """Return a sentence for everything about a version, besides its numbers, that cannot stay (口径检查)."""
    wrong = {}
    if not 0 < len(name.strip()) <= 60:
        wrong["name"] = "请填写口径的名称，最多60个字。"
    if not 0 < len(source.strip()) <= 200:
        wrong["source"] = "请填写口径的依据文件，最多200个字。"
    if effective_to is not None and effective_to < effective_from:
        wrong["effective_to"] = "失效日期不能早于生效日期。"
    return wrong


LIMITS: dict[str, tuple[int, int, str]] = {
    "hour_minutes": (10, 120, "每学时应在10至120分钟之间。"),
    "slack_ms": (0, 60_000, "迟到宽限应在0至60秒之间。"),
    "daily_cap_ms": (60_000, 24 * 3_600_000, "每日上限应在1分钟至24小时之间；不设上限请留空。"),
    "window_from_minute": (0, 24 * 60, "学习时段应在00:00至24:00之间。"),
    "max_rate_percent": (100, 400, "最高倍速应在100%至400%之间。"),
    "seek_slop_ms": (0, 60_000, "拖动误差应在0至60秒之间。"),
    "check_min_ms": (10_000, 24 * 3_600_000, "抽查间隔应在10秒至24小时之间。"),
    "check_answer_ms": (10_000, 600_000, "确认时限应在10秒至10分钟之间，过短会让学员来不及点。"),
    "check_further_questions": (0, 3, "答错后换题再问应在0至3次之间。"),
    "check_rearms": (0, 10, "再次确认应在0至10次之间。"),
    "appeal_days": (1, 365, "申诉期限应在1至365天之间；不受理申诉请留空。"),
    "appeal_words_days": (30, 7300, "申诉文字的保存天数应在30至7300天之间。"),
    "appeal_file_days": (1, 3650, "申诉附件保存天数应在1至3650天之间。"),
    "minimum_assurance": (0, 2, "请选择实名要求。"),
    "lesson_coverage_percent": (0, 100, "百分比应在0至100之间。"),
    "class_hours_percent": (0, 100, "百分比应在0至100之间。"),
    "quiz_pass_percent": (0, 100, "百分比应在0至100之间。"),
    "quiz_attempts": (1, 100, "测验次数应在1至100次之间；不限次数请留空。"),
    "exam_pass_percent": (0, 100, "百分比应在0至100之间。"),
    "exam_attempts": (1, 100, "结业测试次数应在1至100次之间；不限次数请留空。"),
    "exam_wait_hours": (1, 720, "补考间隔应在1至720小时之间；不设请留空。"),
    "exam_ready_percent": (1, 100, "参加条件应在1至100之间；不设请留空。"),
    "retention_years": (1, 100, "保存年限应在1至100年之间；长期保存请留空。"),
    "minimum_attendance_percent": (1, 100, "最低到场比例应在1至100之间；不设请留空。"),
    "practice_code_seconds": (10, 300, "签到码更换间隔应在10至300秒之间。"),
    "practice_door_minutes": (0, 120, "提前和延后签到应在0至120分钟之间。"),
    "practice_paper_years": (1, 100, "签字原件保存年限应在1至100年之间。"),
    "live_minimum_percent": (1, 100, "直播最低到课比例应在1至100之间；不设请留空。"),
    "live_door_minutes": (0, 120, "直播课提前进入应在0至120分钟之间。"),
    "live_drop_seconds": (5, 60, "教师断线不影响学时的时间应在5至60秒之间。"),
    "live_silence_seconds": (10, 300, "判定直播中断的时间应在10至300秒之间。"),
    "live_replay_days": (1, 365, "补课期限应在1至365天之间；不设期限请留空。"),
    "live_replay_percent": (1, 100, "补课最低比例应在1至100之间；不设请留空。"),
    "live_recording_days": (1, 3650, "直播录制保存天数应在1至3650天之间。"),
    "face_start_minutes": (1, 240, "核验有效时间应在1至240分钟之间。"),
    "face_tries": (1, 10, "每次核验可试的次数应在1至10次之间。"),
}
STEPS = ("0.01", "0.1", "0.5", "1")
WAYS: dict[str, tuple[tuple[str, ...], str]] = {
    "hours_step": (STEPS, "请选择学时的取整单位。"),
    "credit_basis": (("time", "lesson"), "请选择：学多少计多少，或学完一课才计。"),
    "exam": (("none", "last_quiz"), "请选择：不设结业测试，或课程最后一个测验是结业测试。"),
    "second_device": (("takeover", "refuse"), "请选择：新设备接管，或拒绝新设备。"),
    "failed_check": (("stop", "continue"), "请选择：停止本次学习，或允许接着学。"),
    "live_checks": (("scheduled", "roll_call"), "请选择：直播课中也随机确认，或只由教师点名。"),
    "live_replay": (("none", "makeup"), "请选择：看回放不计学时，或可以补课。"),
    "live_replay_names": (("family", "full", "hidden"), "请选择：回放里怎样称呼发言的学员。"),
    "face_capture": (("camera", "file"), "请选择：只用页面摄像头，或也可以拍照上传。"),
    "face_instead": (("question", "tap"), "请选择：获准免人脸核验的改为答题，或点一下确认。"),
}


def terms_problems(terms: StudyTerms) -> dict[str, str]:
    """Return a sentence for every number that makes no sense (口径检查)."""
    wrong = {name: sentence for name, (least, most, sentence) in LIMITS.items() if beyond(terms, name, least, most)}
    if not 0 < terms.beat_ms <= terms.lease_ms:
        wrong["beat_ms"] = "上报间隔应大于0，且不超过容许的静默时间。"
    if (terms.check_min_ms is None) != (terms.check_max_ms is None):
        wrong["check_max_ms"] = "抽查间隔的下限和上限要么都填，要么都不填。"
    elif (terms.check_min_ms or 0) > (terms.check_max_ms or 0):
        wrong["check_max_ms"] = "抽查间隔的上限不能小于下限。"
    if sentence := window_problem(terms.window_from_minute, terms.window_to_minute):
        wrong["window_to_minute"] = sentence
    if terms.live_silence_seconds < terms.live_drop_seconds:
        wrong["live_silence_seconds"] = "判定直播中断的时间不能短于不影响学时的断线时间。"
    if not terms.check_kinds or not set(terms.check_kinds) <= set(CHECK_KINDS):
        wrong["check_kinds"] = "请至少选择一种确认方式。"
    return (
        wrong
        | face_problems(terms)
        | {name: sentence for name, (ways, sentence) in WAYS.items() if getattr(terms, name) not in ways}
    )


def face_problems(terms: StudyTerms) -> dict[str, str]:
    """Return a sentence for what does not go together with showing one's face during study."""
    if not (terms.face_at_end or "face" in terms.check_kinds):
        return {}
    wrong = {}
    if terms.check_min_ms is None:
        place = "face_at_end" if terms.face_at_end else "check_kinds"
        wrong[place] = "学习中或课时结束时核验人脸，要先填写在岗确认的间隔。"
    if terms.check_answer_ms < 60_000:
        wrong["check_answer_ms"] = "学习中核验人脸的，应答时限不能少于60秒。"
    return wrong


def beyond(terms: StudyTerms, name: str, least: int, most: int) -> bool:
    """Return whether a number lies outside its limits; a rule that is off does not."""
    value = getattr(terms, name)
    return value is not None and not least <= value <= most


def window_problem(begin: int | None, end: int | None) -> str:
    """Return what is wrong with the hours of study, or nothing."""
    if (begin is None) != (end is None):
        return "学习时段的开始和结束要么都填，要么都不填。"
    if begin is not None and end is not None and not begin < end <= 24 * 60:
        return "学习时段的结束应晚于开始，且不超过24:00。"
    return ""
