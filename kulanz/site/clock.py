"""The one place that looks at a clock. Rules and commands get their day and moment as arguments."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """This moment in the legal time zone; ``KULANZ_NOW`` (ISO) sets another one for training, tests and time travel."""
    if given := os.environ.get("KULANZ_NOW"):
        moment = datetime.fromisoformat(given)
        return moment if moment.tzinfo else moment.replace(tzinfo=LEGAL_ZONE)
    return datetime.now(LEGAL_ZONE)


def today() -> date:
    """The legal day of `now`."""
    return now().astimezone(LEGAL_ZONE).date()
