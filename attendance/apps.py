from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Agreement, Source, Tape, columns_of, log_agreement, log_source
from lms.kernel import ticks

EVIDENCE = (
    Source(
        "beats", "心跳", "attendance_beat",
        columns_of("session seq at start credit lost from_ms to_ms why:text"), moment="at",
        key="n", series="person_id", tape=Tape("session", "start", ("attendance_seat", "person_id", "n", "seen")),
    ),
    Source(
        "session", "学习会话", "attendance_studysession",
        columns_of("uid:uuid person_id enrolment_id lesson_id client:text device:text opened_ms"), moment="opened_ms",
    ),
    Source(
        "origin", "会话来源", "attendance_sessionorigin", columns_of("device:text address:text network:text"), key="session_id",
    ),
    Source(
        "end", "会话结束", "attendance_sessionend",
        columns_of("at_ms acked why:text"), moment="at_ms", key="session_id",
    ),
    Source(
        "check", "抽查", "attendance_presencecheck",
        columns_of("uid:uuid person_id session_id number kind:text outcome:text asked_ms settled_ms"), moment="settled_ms",
    ),
    Source(
        "asking", "抽查出题", "attendance_checkasking",
        columns_of(
            "person_id session_id number kind:text version:uuid shown:text expected:text follows asked_ms"
        ),
        moment="asked_ms",
    ),
    Source(
        "reply", "抽查作答", "attendance_checkreply",
        columns_of("answer:text is_right:bool at_ms"), moment="at_ms", key="check_row_id",
    ),
    Source(
        "hours", "学时台账分录", "attendance_hoursentry",
        columns_of(
            "uid:uuid person_id enrolment_id session_id lesson_uid:uuid day:date ms kind:text check_no tape_from tape_to "
            "reverses_id at:time"
        ),
        moment="at",
    ),
    Source(
        "interval", "线下时段", "attendance_offlineinterval", columns_of("entry_id person_id start_ms end_ms"),
    ),
    Source("restored", "恢复时段", "attendance_restoredpiece", columns_of("entry_id n from_ms to_ms credit")),
    Source("merge_entry", "合并冲销明细", "attendance_mergeentry", columns_of("step_id entry_id")),
    Source(
        "live_record", "直播课考勤记录", "attendance_liverecord",
        columns_of("uid:uuid live_id spans:text on_air_ms expected present enough at:time"), moment="at",
    ),
    Source(
        "live_presence", "直播课到课情况", "attendance_livepresence",
        columns_of(
            "uid:uuid record_id enrolment_id joined_ms left_ms visits credit_ms present_ms percent is_enough:bool"
        ),
    ),
    Source(
        "merge_twin", "合并的重复学籍", "attendance_mergetwin", columns_of("step_id enrolment_id home_id was_active:bool"),
    ),
    Source(
        "report", "课件自报", "attendance_packagereport",
        columns_of(
            "uid:uuid session_id enrolment_id lesson_uid:uuid key:text status:text score:number location:text "
            "suspend_data:text at:time"
        ),
        moment="at",
    ),
)  # fmt: skip

AGREEMENTS = (
    Agreement(
        "学时台账分录", "attendance_hoursentry",
        "SELECT entry.id, entry.ms, COALESCE(SUM(beat.credit), 0) FROM attendance_hoursentry AS entry "
        "LEFT JOIN attendance_beat AS beat ON beat.person_id = entry.person_id AND beat.session = entry.session_id "
        "AND beat.n BETWEEN entry.tape_from AND entry.tape_to "
        "WHERE entry.kind IN ('confirmed', 'withheld') AND entry.tape_from IS NOT NULL "
        "GROUP BY entry.id, entry.ms HAVING entry.ms <> COALESCE(SUM(beat.credit), 0)",
        "与心跳不符：记了{stated}毫秒，心跳合计{found}毫秒",
    ),
    Agreement(
        "学时台账分录", "attendance_hoursentry",
        "SELECT entry.id, entry.ms, -other.ms FROM attendance_hoursentry AS entry "
        "JOIN attendance_hoursentry AS other ON other.id = entry.reverses_id "
        "WHERE entry.kind <> 'restored' AND entry.ms <> -other.ms",
        "与所冲销的分录不符：记了{stated}毫秒，应为{found}毫秒",
    ),
    Agreement(
        "学时台账分录", "attendance_hoursentry",
        "SELECT entry.id, entry.ms, COALESCE(other.ms, 0) FROM attendance_hoursentry AS entry "
        "LEFT JOIN attendance_hoursentry AS other ON other.id = entry.reverses_id AND other.kind = 'withheld' "
        "AND other.person_id = entry.person_id AND other.enrolment_id = entry.enrolment_id AND other.day = entry.day "
        "WHERE entry.kind = 'restored' AND (entry.ms <= 0 OR entry.ms > COALESCE(other.ms, 0))",
        "恢复的多于暂不认定的：恢复{stated}毫秒，暂不认定{found}毫秒",
    ),
    Agreement(
        "学时台账分录", "attendance_hoursentry",
        "SELECT entry.id, entry.ms, COALESCE(SUM(piece.credit), 0) FROM attendance_hoursentry AS entry "
        "LEFT JOIN attendance_restoredpiece AS piece ON piece.entry_id = entry.id "
        "WHERE entry.kind = 'restored' GROUP BY entry.id, entry.ms HAVING entry.ms <> COALESCE(SUM(piece.credit), 0)",
        "与恢复时段不符：记了{stated}毫秒，时段合计{found}毫秒",
    ),
    Agreement(
        "恢复时段", "attendance_restoredpiece",
        "SELECT piece.id, piece.credit, COALESCE(beat.credit, 0) FROM attendance_restoredpiece AS piece "
        "JOIN attendance_hoursentry AS entry ON entry.id = piece.entry_id "
        "LEFT JOIN attendance_hoursentry AS other ON other.id = entry.reverses_id "
        "LEFT JOIN attendance_beat AS beat ON beat.person_id = entry.person_id AND beat.n = piece.n "
        "AND beat.session = other.session_id AND beat.n BETWEEN other.tape_from AND other.tape_to "
        "AND piece.from_ms >= beat.from_ms AND piece.to_ms <= beat.to_ms "
        "WHERE entry.kind <> 'restored' OR piece.credit > COALESCE(beat.credit, 0)",
        "与心跳不符：恢复了{stated}毫秒，那一段心跳只有{found}毫秒",
    ),
)  # fmt: skip


class AttendanceConfig(AppConfig):
    """考勤与学时."""

    name = "attendance"
    label = "attendance"
    verbose_name = "考勤与学时"

    def ready(self) -> None:
        """Name the evidence and the periodic work, and who is asked whether a film or a package may be fetched."""
        from courses.queries.media import when_played
        from courses.queries.packages import when_read
        from lms.live.services import when_roll_answered, when_roll_called
        from lms.people.services import when_merged, when_parted

        for source in EVIDENCE:
            log_source(source)
        for agreement in AGREEMENTS:
            log_agreement(agreement)
        ticks.register("attendance.services.sweep", every=timedelta(minutes=1))
        ticks.register("attendance.services.reconcile_lives", every=timedelta(minutes=1))
        ticks.register("attendance.services.make_months", every=timedelta(hours=6))
        when_played("attendance.queries.session_plays")
        when_played("attendance.queries.session_replays")
        when_merged("attendance.services.settle_merge")
        when_parted("attendance.services.settle_parting")
        when_read("attendance.queries.session_reads")
        when_roll_called("attendance.services.call_live_roll")
        when_roll_answered("attendance.services.answer_live_roll")
