from datetime import timedelta
from typing import Any

from django.apps import AppConfig


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

        ticks.register("lms.people.services.purge_shells", every=timedelta(days=1))
        user_logged_out.connect(signed_out, weak=False)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(password_moved, weak=False)
        post_save.connect(saved, sender=User, weak=False)
        authenticator_added.connect(factor_added, weak=False)
