from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kulanz.portal"

    def ready(self) -> None:
        """Nobody reads German by accident because the texts were not compiled."""
        from kulanz.site.translations import ensure

        ensure()
