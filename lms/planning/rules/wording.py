"""Terms in sentences, as learners and offices read them (规则说明). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lms.planning.rules.terms import CHECK_KINDS, StudyTerms


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
        *examining(terms),
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


def examining(terms: StudyTerms) -> list[RuleLine]:
    """Return the rule on the final test, where there is one."""
    if not terms.has_exam:
        return []
    limit = "不限次数" if terms.exam_attempts is None else f"最多{terms.exam_attempts}次"
    passing = f"{terms.exam_pass_percent}分及格" if terms.exam_pass_percent else "提交答卷即算通过"
    waiting = f"，两次至少间隔{terms.exam_wait_hours}小时" if terms.exam_wait_hours else ""
    ready = f"；有效学时达到应学时长的{terms.exam_ready_percent}%后开放" if terms.exam_ready_percent else ""
    sentence = f"课程的最后一个测验是结业测试：{passing}，{limit}{waiting}{ready}。"
    return [RuleLine("结业测试", limit, sentence)]


def completion(terms: StudyTerms) -> RuleLine:
    """Return the rule on completing."""
    share = min(terms.class_hours_percent, terms.lesson_coverage_percent)
    sentence = (
        f"每课学满{terms.lesson_coverage_percent}%算完成，测验须通过；"
        f"全部完成，且累计学时不少于课程应学时长的{share}%，即可结业。"
    )
    return RuleLine("完成标准", f"{terms.lesson_coverage_percent}%", sentence)
