"""The form of a study policy's new version, in the units that people think in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms

from lms.kernel.forms import RefusableForm
from lms.planning.models import StudyPolicy
from lms.planning.rules import CHECK_KINDS, STEPS, StudyTerms
from lms.portal.forms import DateInput

OFF = "留空表示不限"
SCALES = {  # the field of the terms: how many of its units are one of the form's
    "daily_cap_ms": 60_000,
    "check_min_ms": 60_000,
    "check_max_ms": 60_000,
    "check_answer_ms": 1000,
    "beat_ms": 1000,
    "lease_ms": 1000,
    "slack_ms": 1000,
    "seek_slop_ms": 1000,
}
CLOCKS = ("window_from_minute", "window_to_minute")
GROUPS = (
    ("口径", ("name", "effective_from", "effective_to", "source")),
    ("学时怎么算", ("hour_minutes", "hours_step", "credit_basis", "daily_cap_ms", *CLOCKS)),
    ("怎么看才计入", ("max_rate_percent", "skip_allowed", "rewatch_credited", "hidden_credited", "second_device")),
    (
        "在岗确认",
        (
            "check_min_ms", "check_max_ms", "check_answer_ms", "check_rearms",
            "check_kinds", "check_further_questions", "failed_check", "appeal_days", "appeal_file_days",
            "appeal_words_days",
        ),
    ),
    (
        "人脸核验",
        (
            "face_at_start", "face_start_minutes", "face_at_end", "face_capture", "face_tries", "face_instead",
        ),
    ),
    (
        "实名、测验与结业",
        (
            "minimum_assurance", "lessons_in_order", "lesson_coverage_percent", "class_hours_percent",
            "quiz_pass_percent", "quiz_attempts",
            "exam", "exam_pass_percent", "exam_attempts", "exam_wait_hours", "exam_ready_percent",
        ),
    ),
    ("个人信息", ("retention_years",)),
    (
        "线下实操",
        ("minimum_attendance_percent", "practice_code_seconds", "practice_door_minutes", "practice_paper_years"),
    ),
    (
        "直播课",
        (
            "live_checks", "live_minimum_percent", "live_replay", "live_replay_days", "live_replay_percent",
            "live_replay_names", "live_recording_days", "live_door_minutes", "live_drop_seconds", "live_silence_seconds",
        ),
    ),
    ("技术参数（一般不用改）", ("beat_ms", "lease_ms", "slack_ms", "seek_slop_ms")),
)  # fmt: skip


class TimeInput(forms.TimeInput):
    """A time of the day with the browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def number(label: str, help_text: str = "", *, optional: bool = False) -> forms.IntegerField:
    """Return a field for a whole number."""
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=not optional,
        min_value=0,
        max_value=999_999,
        error_messages={"invalid": "请填写整数。", "min_value": "请填写不小于0的整数。", "max_value": "数字太大了。"},
    )


def choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """Return a field for one of a few ways."""
    return forms.ChoiceField(label=label, choices=choices)


def yes_or_no(label: str, yes: str, no: str) -> forms.ChoiceField:
    """Return a field for a rule that is on or off, each named by what it means."""
    return choice(label, [("no", no), ("yes", yes)])


class PolicyForm(RefusableForm):
    """发布学时认定口径的新版本."""

    name = forms.CharField(label="口径名称", max_length=60, help_text="填写已有名称就是发布它的新版本。")
    effective_from = forms.DateField(label="生效日期", widget=DateInput)
    effective_to = forms.DateField(label="失效日期", widget=DateInput, required=False, help_text="留空表示长期有效。")
    source = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号，学员和审计人员都能看到。")
    hour_minutes = number("1学时等于多少分钟")
    hours_step = choice("学时向下取整到", [(step, f"{step}学时") for step in STEPS])
    credit_basis = choice("认定单位", [("time", "学多少计多少"), ("lesson", "学完一课才计这一课")])
    daily_cap_ms = number("每日认定上限（分钟）", f"{OFF}。", optional=True)
    window_from_minute = forms.TimeField(
        label="允许学习时段：开始", widget=TimeInput, required=False, help_text=f"{OFF}。"
    )
    window_to_minute = forms.TimeField(
        label="允许学习时段：结束", widget=TimeInput, required=False, help_text="00:00表示当天24点。"
    )
    max_rate_percent = number("最高倍速（%）", "100表示原速，150表示1.5倍速。")
    skip_allowed = yes_or_no("第一次学习时拖动进度", "允许", "不允许")
    rewatch_credited = yes_or_no("重看学过的内容", "计入", "不计入")
    hidden_credited = yes_or_no("页面切到后台时", "计入", "不计入")
    second_device = choice("在另一台设备上打开时", [("takeover", "新设备接管，原设备停下"), ("refuse", "拒绝新设备")])
    check_min_ms = number("确认间隔：最短（分钟）", "留空表示不做在岗确认。", optional=True)
    check_max_ms = number("确认间隔：最长（分钟）", "在最短和最长之间随机。", optional=True)
    check_answer_ms = number("应答时限（秒）")
    check_rearms = number("断网未收到时再问几次")
    check_kinds = forms.MultipleChoiceField(
        label="确认方式",
        choices=list(CHECK_KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="选多种时由服务器随机决定。课时里没有可问的题时，改为点一下确认。选核验人脸的，要先发布人脸核验口径。",
    )
    check_further_questions = number("答错后换题再问几次", "0表示答错即不通过。")
    failed_check = choice("确认没有通过时", [("stop", "停止本次学习"), ("continue", "可以接着学")])
    face_at_start = yes_or_no("每课开始前核验人脸", "核验", "不核验")
    face_start_minutes = number("开始前核验通过后多少分钟内有效", "过了这段时间再开始学习，要重新核验。")
    face_at_end = yes_or_no("每课学完时核验人脸", "核验", "不核验")
    face_capture = choice("用什么拍", [("camera", "只用页面摄像头"), ("file", "也可以拍照上传（可信度较低）")])
    face_tries = number("学习中每次核验最多试几次")
    face_instead = choice("获准免人脸核验的，改为", [("question", "回答刚学过的题"), ("tap", "点一下确认")])
    appeal_days = number("学时申诉期限（天）", "从暂不认定之日起算；留空表示不受理申诉。", optional=True)
    appeal_file_days = number("申诉附件保存多久（天）", "到期自动删除，只留文件的校验值。")
    appeal_words_days = number("申诉、意见和到场说明的文字保存多久（天）", "到期清除，存证只留摘要。")
    minimum_assurance = choice("实名要求", [("0", "不要求"), ("1", "须登记并通过校验"), ("2", "须经区办核验")])
    lessons_in_order = choice("学习顺序", [("yes", "按课程顺序"), ("no", "任意顺序")])
    lesson_coverage_percent = number("课时完成：须学满（%）")
    class_hours_percent = number("结业：须达到应学时长的（%）")
    quiz_pass_percent = number("测验及格分（%）")
    quiz_attempts = number("每个测验最多做几次", f"{OFF}。", optional=True)
    exam = choice("结业测试", [("none", "不设"), ("last_quiz", "课程的最后一个测验")])
    exam_pass_percent = number("结业测试及格分（%）")
    exam_attempts = number("结业测试最多做几次", f"{OFF}。", optional=True)
    exam_wait_hours = number("结业测试两次之间至少隔多久（小时）", f"{OFF}。", optional=True)
    exam_ready_percent = number(
        "结业测试开放条件：有效学时达到应学时长的（%）", "达到以前不能做结业测试；留空表示不设。", optional=True
    )
    retention_years = number(
        "保存年限（年）",
        "班级结束满这么多年、学员也没有再登录的，姓名和证件号码等自动清除；留空表示长期保存。",
        optional=True,
    )
    minimum_attendance_percent = number(
        "最低到场比例（%）", "到场不足一次课的这个比例，这次课不计；留空表示不设。", optional=True
    )
    practice_code_seconds = number("签到码多久换一次（秒）", "越短越难转发，过短会来不及扫。")
    practice_door_minutes = number("开始前和结束后多久可以签到、签退（分钟）")
    practice_paper_years = number("签到表的签字原件保存多久（年）", "到期自动删除，只留文件的校验值。")
    live_checks = choice(
        "直播课中的在岗确认", [("scheduled", "和看视频一样随机确认"), ("roll_call", "只由教师点名，下课时确认一次")]
    )
    live_minimum_percent = number(
        "最低到课比例（%）", "到课不足在播时间的这个比例，这次直播课暂不计入；留空表示不设。", optional=True
    )
    live_replay = choice("直播回放", [("none", "可以看，不计学时"), ("makeup", "没上过的部分可以补课，计学时")])
    live_replay_days = number("补课期限（天）", "从回放首次发布之日起算；留空表示班级结束前都可以。", optional=True)
    live_replay_percent = number(
        "补课最低比例（%）", "直播和回放合起来学满这次课的这个比例，补课的时间才计入；留空表示不设。", optional=True
    )
    live_replay_names = choice(
        "回放里发言的学员", [("family", "只显示姓氏"), ("full", "显示课上的称呼"), ("hidden", "不显示姓名")]
    )
    live_recording_days = number("直播的原始录像保存多久（天）", "到期且回放已制作好的，自动删除；回放不受影响。")
    live_door_minutes = number("直播课开始前多久可以进入（分钟）")
    live_drop_seconds = number("教师断线多久以内不影响学时（秒）", "超过的部分不计入学员的学时。")
    live_silence_seconds = number("教师断线多久算直播中断（秒）", "不能短于上一项。")
    beat_ms = number("多久上报一次（秒）")
    lease_ms = number("容许的静默时间（秒）", "断网后补报，最多认定这么久。")
    slack_ms = number("迟到宽限（秒）")
    seek_slop_ms = number("拖动误差（秒）")

    @staticmethod
    def values_of(policy: StudyPolicy | None) -> dict[str, Any]:
        """Return what the form starts from: an older version's numbers, or those of a house without one."""
        terms = policy.study_terms() if policy else StudyTerms()
        values = {name: shown(name, value) for name, value in terms.as_json().items()}
        return values | ({"name": policy.name} if policy else {})

    def terms(self) -> StudyTerms:
        """Return the numbers that were typed."""
        data: Mapping[str, Any] = self.cleaned_data
        return StudyTerms(**{name: meant(name, data[name]) for name in StudyTerms.__dataclass_fields__})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]


def shown(name: str, value: Any) -> Any:
    """Return a number of the terms as the form shows it."""
    if value is None or name not in {*SCALES, *CLOCKS}:
        return ("yes" if value else "no") if isinstance(value, bool) else value
    if name in CLOCKS:
        return time(value // 60 % 24, value % 60)
    return value // SCALES[name]


def meant(name: str, value: Any) -> Any:
    """Return a number of the form as the terms hold it."""
    kind = StudyTerms.__dataclass_fields__[name].type
    if kind == "bool":
        return value == "yes"
    if name == "check_kinds":
        return tuple(value)
    if name in CLOCKS and value is not None:
        minute = value.hour * 60 + value.minute
        return minute or 24 * 60 if name == "window_to_minute" else minute
    if name in SCALES and value is not None:
        return value * SCALES[name]
    return int(value) if name == "minimum_assurance" else value
