"""What every page's template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kulanz.site import clock


def page(request: HttpRequest) -> dict[str, Any]:
    """The day, whether this is the demo, and the theme the reader chose (`light`, `dark` or the system's)."""
    theme = request.COOKIES.get("theme", "")
    return {"today": clock.today(), "demo": settings.KULANZ_DEMO, "theme": theme if theme in {"light", "dark"} else ""}
