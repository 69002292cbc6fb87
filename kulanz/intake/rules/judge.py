"""A table and a profile → a judged batch, whatever the layout."""

from __future__ import annotations

from kulanz.intake.readers.table import Table
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.claims import read_claims
from kulanz.intake.rules.events import read_events
from kulanz.intake.rules.profile import Profile


def judge(table: Table, profile: Profile, about: Circumstances) -> Batch:
    """Judge every row of the table by the profile. Pure. Raises `IntakeError` if the file as a whole does not fit
    the profile."""
    match profile.layout:
        case "claims":
            return read_claims(table, profile, about)
        case "events":
            return read_events(table, profile, about)
