"""The only place that writes cases, claims, holds and the timeline."""

from kulanz.claims.commands.case import close_if_settled, record_event, record_events, set_position, touch
from kulanz.claims.commands.creditor import add_creditor
from kulanz.claims.commands.default import begin_default
from kulanz.claims.commands.hold import lift_holds, place_hold
from kulanz.claims.commands.open_claims import Opened, open_claims

__all__ = [
    "Opened",
    "add_creditor",
    "begin_default",
    "close_if_settled",
    "lift_holds",
    "open_claims",
    "place_hold",
    "record_event",
    "record_events",
    "set_position",
    "touch",
]
