"""What the daily run does about direct debits, before it reads the facts."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kulanz.payments.commands.direct_debits.announce import announce_due
from kulanz.payments.commands.direct_debits.mandates import expire_mandates
from kulanz.payments.commands.direct_debits.submit import submit_due

ACTOR = "kulanz"


def debits_of_day(*, day: date, now: datetime) -> None:
    """Let old mandates lapse, announce instalments that come near, make the files whose day it is. Repeatable on the same day.

    The files wait in the office until a person uploads them; nothing here talks to a bank.
    """
    with transaction.atomic():
        expire_mandates(day=day, now=now)
    announce_due(day=day, now=now)
    submit_due(day=day, now=now, actor=ACTOR)
