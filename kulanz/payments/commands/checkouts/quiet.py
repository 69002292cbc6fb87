"""While a payment is under way nobody is reminded; when it came back there is a week of peace and a kind word."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q

from kulanz.claims.commands import lift_holds
from kulanz.claims.models import HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.return_reasons import NO_REASON
from kulanz.payments.commands.tell_returned import Returned, tell_returned
from kulanz.payments.models import UNDECIDED, Checkout, CheckoutState, Collection
from kulanz.payments.models.direct_debits import UNDER_WAY
from kulanz.payments.providers.port import Method
from kulanz.payments.providers.values import LEGAL_ZONE

STARTED_DAYS: Final = 1
"""Somebody is at the provider's page; if they leave it, the day after tomorrow is as before. A slip to pay in cash is quiet to its end."""

PENDING_DAYS: Final = 14
"""A bank debit through a provider is decided within two weeks; then the provider is asked again."""

QUIET_DAYS: Final = 7
"""After money came back."""

ACTOR: Final = "provider"


def hush(checkout: Checkout, *, day: date, now: datetime) -> None:
    """Stop reminders while the outcome is open; without an end while a person has to decide."""
    days = PENDING_DAYS if checkout.state == CheckoutState.PENDING else STARTED_DAYS
    until = None if checkout.parked else max(day + timedelta(days=days), _end_of_slip(checkout, day))
    note = f"Zahlung {checkout.id} ist unterwegs."
    silence(checkout.case_id, HoldReason.COLLECTION, day=day, now=now, source=ACTOR, until_on=until, note=note)


def _end_of_slip(checkout: Checkout, day: date) -> date:
    """The last day a slip can be paid on; ``day`` for what is no slip."""
    return checkout.valid_until.astimezone(LEGAL_ZONE).date() if checkout.valid_until else day


def end_hush(case_id: int, *, because: str, now: datetime) -> None:
    """Lift the stop if nothing else is under way in this case: neither another payment nor a direct debit."""
    undecided = Checkout.objects.filter(case_id=case_id, state__in=UNDECIDED)
    collected = Collection.objects.filter(case_id=case_id, state__in=UNDER_WAY)
    fresh = Q(created_at__gte=now - timedelta(days=PENDING_DAYS)) | Q(valid_until__gte=now)
    waiting = undecided.filter(fresh | ~Q(parked="")).exists()
    if not waiting and not collected.exists():
        lift_holds(case_id, [HoldReason.COLLECTION], because=because, actor=ACTOR, now=now)


def be_kind(checkout: Checkout, *, write: bool, day: date, now: datetime) -> None:
    """Money came back: a week without reminders and, if ``write``, a message that offers ways instead of blame."""
    quiet_until = day + timedelta(days=QUIET_DAYS)
    note = f"Zahlung {checkout.id} kam zurück."
    silence(checkout.case_id, HoldReason.PAUSE, day=day, now=now, source=ACTOR, until_on=quiet_until, note=note)
    if not write:
        return
    what = Returned(
        step=f"payment-back-{checkout.id}",
        template="payment_back",
        reason=NO_REASON,
        amount_cents=checkout.amount_cents,
        charge_cents=0,
        quiet_until=quiet_until,
    )
    tell_returned(checkout.case, what, {"words": {"payment_way": way_in_words(checkout)}}, day=day, now=now)


def way_in_words(checkout: Checkout) -> str:
    """The way to pay in the language the message is written in."""
    method = Method(checkout.method)
    return _ENGLISH.get(method, WAYS[method]) if checkout.case.debtor.language == "en" else WAYS[method]


WAYS: Final = {
    Method.CARD: "Karte",
    Method.APPLE_PAY: "Apple Pay",
    Method.GOOGLE_PAY: "Google Pay",
    Method.PAYPAL: "PayPal",
    Method.SEPA_DEBIT: "SEPA-Lastschrift",
    Method.KLARNA: "Klarna",
    Method.BANK: "Online-Banking",
    Method.EPS: "EPS",
    Method.IDEAL: "iDEAL",
    Method.BANCONTACT: "Bancontact",
    Method.TWINT: "TWINT",
    Method.CASH: "Barzahlung an der Kasse",
}
"""Names of the ways for the timeline and for texts; mostly brands."""

_ENGLISH: Final = {
    Method.CARD: "card",
    Method.SEPA_DEBIT: "SEPA direct debit",
    Method.BANK: "online banking",
    Method.CASH: "cash at a till",
}
