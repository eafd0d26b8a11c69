from datetime import timedelta

from django.apps import AppConfig

from lms.audit.rules.sources import Source, columns_of, log_source, retire_source
from lms.kernel import ticks

EVIDENCE = (
    Source(
        "face_consent",
        "人脸信息单独同意",
        "faces_faceconsent",
        columns_of("uid:uuid person_id user_id text_id given:bool at:time"),
        moment="at",
    ),
    Source(
        "face_check",
        "人脸核验记录",
        "faces_facecheck",
        columns_of(
            "uid:uuid person_id reference_id policy_id purpose:text session_uid:uuid capture:text outcome:text "
            "refusal:text score_permille threshold_permille model_id:text picture_hash:text picture_id at:time"
        ),
        moment="at",
    ),
    Source(
        "face_act",
        "活体核验记录",
        "faces_faceact",
        columns_of("uid:uuid person_id subject:text moves:text problem:text issued_at:time at:time"),
        moment="at",
        key="check_row_id",
    ),
    Source(
        "face_frame",
        "动作画面",
        "faces_faceframe",
        columns_of(
            "act_id person_id place digest:text at_ms turn_permille share_permille reference_permille previous_permille"
        ),
    ),
    Source(
        "real_person",
        "实人认证记录",
        "faces_realpersoncheck",
        columns_of(
            "uid:uuid person_id policy_id provider:text order:text outcome:text code:text request_id:text "
            "score_hundredths picture_hash:text at:time"
        ),
        moment="at",
    ),
    Source(
        "exemption_request",
        "免人脸核验申请",
        "faces_faceexemption",
        columns_of("uid:uuid person_id user_id reason:text note_id words_hash:text at:time"),
        moment="at",
    ),
    Source(
        "exemption_decision",
        "免人脸核验决定",
        "faces_exemptionruling",
        columns_of("granted:bool until:time note_id words_hash:text user_id at:time"),
        moment="at",
        key="exemption_id",
    ),
    Source(
        "face_review",
        "人工核验意见",
        "faces_faceopinion",
        columns_of("uid:uuid check_row_id is_same:bool note_id words_hash:text user_id at:time"),
        moment="at",
    ),
)

# Their rows held words in the open; what is there was logged again by digest (migration 0008).
RETIRED = ("face_exemption", "exemption_ruling", "face_opinion")


class FacesConfig(AppConfig):
    """人脸核验."""

    name = "lms.faces"
    label = "faces"
    verbose_name = "人脸核验"

    def ready(self) -> None:
        """Name the evidence and the nightly work."""
        for source in EVIDENCE:
            log_source(source)
        retire_source(*RETIRED)
        ticks.register("lms.faces.services.purge_references", every=timedelta(hours=1))
        ticks.register("lms.faces.services.purge_challenges", every=timedelta(hours=6))
