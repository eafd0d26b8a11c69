"""The numbers by which learning time is recognised (学时认定口径), as plain values. Pure.

Sources: docs/sources.md. Every number is a policy of a region and a date; None switches a rule off.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class StudyTerms:
    """学时认定口径: what a class was approved under; frozen into it.

    Times in milliseconds unless the name says otherwise.
    """

    hour_minutes: int = 45  # 1 学时
    hours_step: str = "0.1"  # 学时 are rounded down to this, once, from the sum
    credit_basis: str = "time"  # time | lesson: every minute counts, or those of completed lessons (认定单位)
    beat_ms: int = 10_000  # how often the player reports
    lease_ms: int = 60_000  # silence that may still be credited
    slack_ms: int = 10_000  # unclaimed time kept for late packets
    daily_cap_ms: int | None = 8 * 3_600_000  # 每日认定上限, local calendar day
    window_from_minute: int | None = 6 * 60  # 允许学习时段, minutes of the local day
    window_to_minute: int | None = 23 * 60
    max_rate_percent: int = 100  # 最高倍速
    skip_allowed: bool = False  # 首次学习可拖动
    seek_slop_ms: int = 3_000
    rewatch_credited: bool = False
    hidden_credited: bool = False  # 页面在后台时是否计入
    check_min_ms: int | None = 600_000  # 随机抽查间隔, counted in credited study
    check_max_ms: int | None = 1_200_000
    check_answer_ms: int = 90_000
    check_rearms: int = 1  # how often a check is asked again after silence
    check_kinds: tuple[str, ...] = ("tap",)  # what a check may ask, drawn by the server
    check_further_questions: int = 1  # how often a wrong answer is followed by another question
    failed_check: str = "stop"  # stop | continue: whether the sitting ends with a failed check
    appeal_days: int | None = 15  # 申诉期限: how long what a check withheld may be appealed; None: not at all
    appeal_file_days: int = 90  # 申诉附件保存天数
    appeal_words_days: int = 1095  # 申诉、意见和到场说明文字的保存天数
    second_device: str = "takeover"  # takeover | refuse
    minimum_assurance: int = 1  # 实名等级
    lesson_coverage_percent: int = 90  # 课时完成: how much must be covered
    class_hours_percent: int = 100  # 结业: share of the required hours
    quiz_pass_percent: int = 60
    quiz_attempts: int | None = 3
    lessons_in_order: bool = True  # 按顺序解锁
    retention_years: int | None = None  # 个人信息保存年限, from the class's last day on
    minimum_attendance_percent: int | None = None  # 线下实操: least share of a session that one must be there
    practice_code_seconds: int = 30  # how long a sign-in code is shown
    practice_door_minutes: int = 30  # how long before the begin and after the end codes are taken
    practice_paper_years: int = 6  # how long the signed paper of a sheet is kept
    live_checks: str = "scheduled"  # scheduled | roll_call: what asks in a live lesson whether one is there
    live_minimum_percent: int | None = None  # 直播课: least share of it that one must be there for it to count
    live_door_minutes: int = 30  # 直播课: how long before its begin the door stands open
    live_drop_seconds: int = 20  # a break of the teacher's line that costs nobody anything
    live_silence_seconds: int = 40  # of the teacher's line, after which the lesson is interrupted
    live_replay: str = "none"  # none | makeup: whether a replay makes up for what one missed of a live lesson (补课)
    live_replay_days: int | None = 30  # 补课期限: days after it was first published; None: as long as the class runs
    live_replay_percent: int | None = None  # 补课: least share of the lesson that one must have covered for it to count
    live_replay_names: str = "family"  # family | full | hidden: how a replay calls the learners who wrote
    live_recording_days: int = 30  # 直播录制保存天数, after the lesson; its replay stays
    face_at_start: bool = False  # 开始学习前核验人脸; at random: a kind of check
    face_start_minutes: int = 10  # how long a pass opens its lesson
    face_at_end: bool = False  # 课时结束时核验人脸
    face_capture: str = "camera"  # camera | file: whether photographs taken outside of the page will do
    face_tries: int = 3  # how often the moves may be made for one check
    face_instead: str = "question"  # question | tap: what whoever is exempt is asked

    def as_json(self) -> dict[str, Any]:
        """Return what is frozen into a class."""
        return asdict(self) | {"check_kinds": list(self.check_kinds)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> StudyTerms:
        """Return the terms of a frozen copy; a number that a later release added has its default."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        if "check_kinds" in known:
            known["check_kinds"] = tuple(known["check_kinds"])
        return cls(**known)

    @property
    def step(self) -> Decimal:
        """Return the rounding step of 学时."""
        return Decimal(self.hours_step)

    @property
    def asks_for_face(self) -> bool:
        """Return whether a face is asked for at any time."""
        return self.face_at_start or self.face_at_end or "face" in self.check_kinds

    @property
    def face_captures(self) -> tuple[str, ...]:
        """Return the ways of taking pictures of a face that are accepted (采集方式)."""
        return ("camera", "file") if self.face_capture == "file" else ("camera",)

    def appealable_until(self, withheld_on: date) -> date | None:
        """Return the last day on which what was withheld may be appealed (申诉期限); None where there is no appeal."""
        return None if self.appeal_days is None else withheld_on + timedelta(days=self.appeal_days)


CHECK_KINDS = {
    "tap": "点一下确认",
    "question": "回答一道刚学过的题",
    "face": "对着摄像头核验人脸",
}  # what a policy may name


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as learners and offices read it (规则说明)."""

    label: str
    value: str
    sentence: str


def minutes(milliseconds: int) -> str:
    """Return 10分钟 or 90秒."""
    return f"{milliseconds // 60_000}分钟" if milliseconds % 60_000 == 0 else f"{milliseconds // 1000}秒"


def clock_time(minute: int) -> str:
    """Return 06:00 of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def describe_terms(terms: StudyTerms) -> list[RuleLine]:
    """Return the rules of a class in sentences, those that a learner meets first (学时认定规则)."""
    lines = [
        counting(terms),
        seeking(terms),
        RuleLine(
            "倍速",
            f"{terms.max_rate_percent / 100:g}倍",
            f"播放速度最高{terms.max_rate_percent / 100:g}倍，超过的部分不计入。",
        ),
        rewatching(terms),
        leaving(terms),
    ]
    if terms.check_min_ms is not None and terms.check_max_ms is not None:
        lines += [checking(terms, terms.check_min_ms, terms.check_max_ms), *appealing(terms)]
    if terms.asks_for_face:
        lines.append(facing(terms))
    if terms.daily_cap_ms is not None:
        lines.append(
            RuleLine("每日上限", minutes(terms.daily_cap_ms), f"每天最多认定{minutes(terms.daily_cap_ms)}，次日继续。")
        )
    if terms.window_from_minute is not None and terms.window_to_minute is not None:
        span = f"{clock_time(terms.window_from_minute)}至{clock_time(terms.window_to_minute)}"
        lines.append(RuleLine("学习时段", span, f"每天{span}之间学习才计入。"))
    return [
        *lines,
        devices(terms),
        identity(terms),
        order(terms),
        *practice(terms),
        *lives(terms),
        quizzes(terms),
        completion(terms),
        *keeping(terms),
    ]


def counting(terms: StudyTerms) -> RuleLine:
    """Return what an hour is and when its minutes count."""
    whole = "学完一课，这一课的时间才计入；" if terms.credit_basis == "lesson" else ""
    sentence = f"每{terms.hour_minutes}分钟有效学习计1学时，{whole}按总时长向下取整到{terms.hours_step}。"
    return RuleLine("学时", f"{terms.hour_minutes}分钟", sentence)


def seeking(terms: StudyTerms) -> RuleLine:
    """Return the rule on skipping."""
    if terms.skip_allowed:
        return RuleLine("拖动进度", "允许", "可以拖动进度，没有看的部分不计入。")
    return RuleLine("拖动进度", "首次不可向前拖", "第一次学习不能向前拖动，学过的部分可以随意回看。")


def rewatching(terms: StudyTerms) -> RuleLine:
    """Return the rule on what was studied already."""
    if terms.rewatch_credited:
        return RuleLine("回看", "计入", "学过的部分再看一遍，也计入学时。")
    return RuleLine("回看", "不重复计", "学过的部分可以随时回看，不重复计学时。")


def leaving(terms: StudyTerms) -> RuleLine:
    """Return the rule on a page that is not in front."""
    if terms.hidden_credited:
        return RuleLine("离开页面", "继续计", "切到后台或锁屏后继续播放的，也计入；暂停时不计入。")
    return RuleLine("离开页面", "不计入", "暂停、切到后台或锁屏时不计入，回来后接着计。")


def checking(terms: StudyTerms, least_ms: int, most_ms: int) -> RuleLine:
    """Return the rule on being asked whether one is there."""
    again = f"断网没有收到的，恢复后最多再请您确认{terms.check_rearms}次；" if terms.check_rearms else ""
    return RuleLine(
        "在岗确认",
        f"约每{minutes(least_ms)}至{minutes(most_ms)}一次",
        f"学习中会随机请您{asking(terms)}，请在{minutes(terms.check_answer_ms)}内完成；{again}{failing(terms)}",
    )


def asking(terms: StudyTerms) -> str:
    """Return what a check asks, in words."""
    words = "或".join(CHECK_KINDS[kind] for kind in terms.check_kinds if kind in CHECK_KINDS)
    if "question" not in terms.check_kinds:
        return words
    further = terms.check_further_questions
    return f"{words}（答错可换题再答{further}次）" if further else words


FACE_INSTEAD = {"question": "回答刚学过的题", "tap": "点一下确认"}


def facing(terms: StudyTerms) -> RuleLine:
    """Return the rule on showing one's face, and on the way without."""
    moments = {
        "每课开始前": terms.face_at_start,
        "学习中随机": "face" in terms.check_kinds,
        "每课学完时": terms.face_at_end,
    }
    when = "、".join(moment for moment, is_asked in moments.items() if is_asked)
    opens = f"开始前通过后{terms.face_start_minutes}分钟内有效；" if terms.face_at_start else ""
    camera = "须用页面摄像头" if terms.face_capture == "camera" else "没有页面摄像头的，可以拍照上传"
    sentence = (
        f"{when}要按提示对着镜头做动作核验人脸，{camera}；{opens}学习中每次最多可试{terms.face_tries}次。"
        f"没有摄像头、不便做动作或不同意的，可以申请免人脸核验，获准后改为{FACE_INSTEAD[terms.face_instead]}。"
    )
    return RuleLine("人脸核验", when, sentence)


def failing(terms: StudyTerms) -> str:
    """Return what a failed check takes back, in a sentence."""
    if terms.failed_check == "continue":
        return "没有确认的，可以接着学，上次确认之后的时间暂不认定，重学那一段可以补上。"
    return "没有确认的，本次学习停止，上次确认之后的时间暂不认定，重学那一段可以补上。"


def appealing(terms: StudyTerms) -> list[RuleLine]:
    """Return the rule on appealing what a check withheld; nothing where there is no appeal."""
    days = terms.appeal_days
    if days is None:
        return []
    sentence = (
        f"在岗确认没有通过、时间暂不认定的，可以在{days}天内在“学时明细”中申诉一次，由两位工作人员先后审核；"
        f"上传的附件加密保存{terms.appeal_file_days}天后删除，申诉和意见的文字{terms.appeal_words_days}天后清除。"
    )
    return [RuleLine("学时申诉", f"{days}天内", sentence)]


def devices(terms: StudyTerms) -> RuleLine:
    """Return the rule on several devices."""
    if terms.second_device == "refuse":
        return RuleLine("多台设备", "同时一台", "正在一台设备上学习时，不能在另一台打开。")
    return RuleLine("多台设备", "同时一台", "换一台设备继续学时，原来的设备会自动停下，时间不会重复计。")


def identity(terms: StudyTerms) -> RuleLine:
    """Return the rule on who may study."""
    if terms.minimum_assurance <= 0:
        return RuleLine("实名", "不要求", "没有登记实名也可以开始学习。")
    if terms.minimum_assurance == 1:
        return RuleLine("实名", "须登记", "登记姓名和证件号码并通过校验后，才能开始学习。")
    return RuleLine("实名", "须核验", "实名信息经区办核验后，才能开始学习。")


def order(terms: StudyTerms) -> RuleLine:
    """Return the rule on which lesson comes next."""
    if terms.lessons_in_order:
        return RuleLine("学习顺序", "按顺序", "请按课程顺序学习，完成前一课后才能打开后一课。")
    return RuleLine("学习顺序", "不限", "各课可以按任意顺序学习。")


def practice(terms: StudyTerms) -> list[RuleLine]:
    """Return the rule on practice at a place; nothing where every minute counts."""
    least = terms.minimum_attendance_percent
    if least is None:
        return []
    sentence = (
        f"线下实操按签到、签退和教师确认的时间计；到场不足一次课的{least}%，这次课不计学时。"
        f"用签到表的，签字原件加密保存{terms.practice_paper_years}年后删除。"
    )
    return [RuleLine("线下实操", f"到场{least}%", sentence)]


def lives(terms: StudyTerms) -> list[RuleLine]:
    """Return the rules on live lessons; nothing where they are those of films."""
    lines = []
    least = terms.live_minimum_percent
    if least is not None:
        sentence = f"直播课到课不足在播时间的{least}%，这次课的时间暂不计入；达到以后才计。"
        lines.append(RuleLine("直播到课", f"不少于{least}%", sentence))
    if terms.live_checks == "roll_call" and terms.check_min_ms is not None:
        sentence = "直播课中不做随机的在岗确认，由教师点名，下课时再请您确认一次；没有确认的时间暂不认定。"
        lines.append(RuleLine("直播点名", "教师点名", sentence))
    return [*lines, *making_up(terms)]


REPLAY_NAMES = {"family": "只显示姓氏", "full": "显示课上的称呼", "hidden": "不显示姓名"}


def making_up(terms: StudyTerms) -> list[RuleLine]:
    """Return the rule on replays of live lessons; nothing where they count for nothing (补课)."""
    if terms.live_replay == "none":
        return []
    days, least = terms.live_replay_days, terms.live_replay_percent
    when = f"发布后{days}天内" if days is not None else "班级结束前"
    share = f"；这次课学满{least}%，补课的时间才计入" if least is not None else ""
    sentence = (
        f"直播课没上或没上全的，{when}看回放补课，没上过的部分按看视频的规则计入，上过的不重复计{share}。"
        f"回放里同学的发言{REPLAY_NAMES[terms.live_replay_names]}。"
    )
    return [RuleLine("直播补课", when, sentence)]


def keeping(terms: StudyTerms) -> list[RuleLine]:
    """Return the rule on how long personal data is kept; nothing where no end is set."""
    years = terms.retention_years
    if years is None:
        return []
    sentence = f"班级结束满{years}年、这期间也没有再登录的，姓名、证件号码和手机号自动清除，学时记录不再指向个人。"
    return [RuleLine("信息保存", f"{years}年", sentence)]


def quizzes(terms: StudyTerms) -> RuleLine:
    """Return the rule on quizzes."""
    passing = f"{terms.quiz_pass_percent}分及格" if terms.quiz_pass_percent else "提交答卷即算通过"
    limit = terms.quiz_attempts
    if limit is None:
        return RuleLine("随堂测验", "不限次数", f"{passing}，没有通过可以再做，不限次数。")
    return RuleLine("随堂测验", f"最多{limit}次", f"{passing}，每个测验最多可以做{limit}次，次数用完请联系班主任。")


def completion(terms: StudyTerms) -> RuleLine:
    """Return the rule on completing."""
    share = min(terms.class_hours_percent, terms.lesson_coverage_percent)
    sentence = (
        f"每课学满{terms.lesson_coverage_percent}%算完成，测验须通过；"
        f"全部完成，且累计学时不少于课程应学时长的{share}%，即可结业。"
    )
    return RuleLine("完成标准", f"{terms.lesson_coverage_percent}%", sentence)


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
