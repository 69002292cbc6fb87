from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "kulanz.site"
    label = "site"

    def ready(self) -> None:
        """After every migration the fence of row security is laid again, so that a new table cannot be forgotten."""
        # Django sends the signal only for apps with models; one of ours is enough, since all tables exist by then.
        post_migrate.connect(_lay_fence, sender=apps.get_app_config("claims"))


def _lay_fence(**_: Any) -> None:
    from kulanz.site.row_security import apply

    apply()
