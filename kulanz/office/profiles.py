"""The mapping profiles an office can choose from: those that come with Kulanz and those in the data folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from django.conf import settings


def available() -> dict[str, str]:
    """Texts of the profiles by name; one in ``KULANZ_HOME/profiles`` replaces a packaged one of the same name."""
    packaged = files("kulanz.intake") / "profiles"
    found = {entry.name: entry.read_text(encoding="utf-8") for entry in packaged.iterdir() if entry.name.endswith(".yaml")}
    own = Path(settings.KULANZ_HOME) / "profiles"
    if own.is_dir():
        found |= {path.name: path.read_text(encoding="utf-8") for path in sorted(own.glob("*.yaml"))}
    return {name.removesuffix(".yaml"): text for name, text in sorted(found.items())}
