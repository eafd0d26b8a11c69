from datetime import timedelta
from typing import Any

from django.apps import AppConfig

from lms.audit.rules.sources import Agreement, Source, columns_of, log_agreement, log_source, retire_source

CHECKS = Source(
    "identity_check",
    "实名核验",
    "people_identitycheck",
    columns_of("uid:uuid person_id user_id method:text passed:bool note_id words_hash:text at:time"),
    moment="at",
)

MERGES = Source(
    "person_merge",
    "人员合并",
    "people_personmerge",
    columns_of("uid:uuid survivor_id absorbed_id note_id words_hash:text by_id at:time"),
    moment="at",
)
MERGE_STEPS = Source(
    "person_merge_step",
    "人员合并办理步骤",
    "people_mergestep",
    columns_of("uid:uuid merge_id kind:text note_id words_hash:text accounts:json by_id at:time"),
    moment="at",
)
MERGED = Agreement(
    "人员合并",
    "people_person",
    "SELECT person.id, COALESCE(person.merged_into_id, 0), COALESCE(held.survivor_id, 0) FROM people_person AS person "
    "LEFT JOIN (SELECT made.absorbed_id, made.survivor_id FROM people_personmerge AS made "
    "JOIN people_mergestep AS step ON step.merge_id = made.id AND step.kind = 'confirmed' "
    "WHERE NOT EXISTS (SELECT 1 FROM people_mergestep AS undone WHERE undone.merge_id = made.id AND undone.kind = 'undone')"
    ") AS held ON held.absorbed_id = person.id "
    "WHERE COALESCE(person.merged_into_id, 0) <> COALESCE(held.survivor_id, 0)",
    "与合并步骤不符：记为并入人员{stated}，按步骤应为人员{found}（0为未合并）",
)

# Their rows held words in the open; what is there was logged again by digest (migration 0010).
RETIRED = ("identity", "merge", "merge_step")


class PeopleConfig(AppConfig):
    """实名人员."""

    name = "lms.people"
    label = "people"
    verbose_name = "实名人员"

    def ready(self) -> None:
        """Hear what the libraries say: one line each, calling a service."""
        from allauth.account.signals import password_changed, password_reset, password_set
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_out
        from django.db.models.signals import post_save  # noqa: TID251 - accounts are saved by libraries

        from lms.kernel import ticks
        from lms.people import services
        from lms.people.models import User

        def signed_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
            services.on_signed_out(request, user)

        def password_moved(sender: Any, user: Any, **kwargs: Any) -> None:
            services.on_password_changed(user)

        def saved(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
            if not created:
                services.on_account_saved(instance)

        def factor_added(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
            services.on_factor_added(request, user, authenticator)

        for source in (CHECKS, MERGES, MERGE_STEPS):
            log_source(source)
        retire_source(*RETIRED)
        log_agreement(MERGED)
        ticks.register("lms.people.services.purge_shells", every=timedelta(days=1))
        ticks.register("lms.people.services.purge_words", every=timedelta(hours=1))
        user_logged_out.connect(signed_out, weak=False)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(password_moved, weak=False)
        post_save.connect(saved, sender=User, weak=False)
        authenticator_added.connect(factor_added, weak=False)
