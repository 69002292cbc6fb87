"""What a provider paid out, line by line against what we booked, and the payout against a line of the bank account.

A payout moves money inside the books of its creditor: the provider owes us less (account `provider`), the bank line that waited on
suspense is explained, and what the provider kept is a cost, which the creditor bears (account `withheld`). Every difference is a sentence
for a person; nothing is made to fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.payments.commands.books import carry_one
from kulanz.payments.commands.checkouts.problems import Trouble, answered, keep_differences
from kulanz.payments.models import BankLine, Checkout, CheckoutState, LineState, PayoutState, ProblemKind, ProviderPayout, ProviderRow
from kulanz.payments.providers.config import Endpoint, provider_of
from kulanz.payments.providers.errors import NoSuchEndpoint
from kulanz.payments.providers.port import LineKind, Settlement, SettlementLine
from kulanz.payments.readers.shape import euros

LATE_AFTER: Final = timedelta(days=14)
"""Money a provider took and has not paid out for so long is pointed out."""

DAYS_BEFORE, DAYS_AFTER = 2, 7
"""How far the bank's day may be from the one the provider names."""

ACTOR: Final = "provider"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result for one endpoint: payouts read, found at the bank, and everything that does not fit."""

    endpoint: str
    payouts: int
    tied: int
    waiting: int
    differences: tuple[str, ...]


def reconcile(endpoint: Endpoint, *, since: date, until: date, day: date, now: datetime) -> Reconciled:
    """Read the settlements of a period, compare each line, tie each payout to its bank line. Outside of any transaction; repeatable."""
    creditor = Creditor.objects.filter(key=endpoint.creditor).first()
    if creditor is None:
        raise NoSuchEndpoint
    provider = provider_of(endpoint)
    if not provider.reports_payouts:
        return Reconciled(endpoint.id, 0, 0, 0, ())
    settlements = provider.settlements(since, until)
    with transaction.atomic():
        payouts = [store_payout(endpoint, creditor, settlement, now=now) for settlement in settlements]
        for payout, settlement in zip(payouts, settlements, strict=True):
            tie(payout, settlement, now=now)
        unpaid = _not_paid_out(endpoint, day)
        keep_result(endpoint, payouts, unpaid, now=now)
        answered(endpoint, now=now)
    found = [sentence for payout in payouts for sentence in payout.differences] + list(unpaid.values())
    tied = sum(payout.bank_line_id is not None for payout in payouts)
    return Reconciled(endpoint.id, len(payouts), tied, len(payouts) - tied, tuple(found))


def keep_result(endpoint: Endpoint, payouts: Sequence[ProviderPayout], unpaid: Mapping[int, str], *, now: datetime) -> None:
    """Keep every difference for a person; those that are gone since the last comparison have passed."""
    troubles = [
        Trouble(ProblemKind.DIFFERS, f"payout:{payout.payout_ref}:{hashlib.sha256(sentence.encode()).hexdigest()[:24]}", sentence)
        for payout in payouts
        for sentence in payout.differences
    ]
    troubles += [Trouble(ProblemKind.DIFFERS, f"late:{number}:", sentence, number) for number, sentence in unpaid.items()]
    keep_differences(endpoint, troubles, about=[*(f"payout:{payout.payout_ref}:" for payout in payouts), "late:"], now=now)


def store_payout(endpoint: Endpoint, creditor: Creditor, settlement: Settlement, *, now: datetime) -> ProviderPayout:
    """Write a payout down, or read it anew as long as it is not booked."""
    gross, fees = sum(line.gross_cents for line in settlement.lines), sum(line.fee_cents for line in settlement.lines)
    fp("payout.before_store")
    payout, _ = ProviderPayout.objects.select_for_update().get_or_create(
        endpoint=endpoint.id,
        payout_ref=settlement.payout_ref,
        defaults={
            "creditor": creditor,
            "provider": endpoint.provider,
            "currency": settlement.currency,
            "arrival_on": settlement.arrival_on,
            "gross_cents": gross,
            "fee_cents": fees,
            "net_cents": settlement.net_cents,
            "lines": [_as_json(line) for line in settlement.lines],
            "read_at": now,
        },
    )
    differences = _differences(endpoint, settlement, gross, fees)
    if payout.entry_id is not None and payout.net_cents != settlement.net_cents:
        differences.append(f"{payout.payout_ref}: Der Anbieter nennt jetzt einen anderen Auszahlungsbetrag als beim Buchen.")
    elif payout.entry_id is None:
        payout.gross_cents, payout.fee_cents, payout.net_cents = gross, fees, settlement.net_cents
        payout.lines = [_as_json(line) for line in settlement.lines]
    payout.differences, payout.read_at = differences, now
    payout.save()
    return payout


def _as_json(line: SettlementLine) -> dict[str, Any]:
    return asdict(line) | {"kind": line.kind.value, "refs": list(line.refs), "on": line.on.isoformat()}


def _differences(endpoint: Endpoint, settlement: Settlement, gross: int, fees: int) -> list[str]:
    """What does not fit between the settlement and our own notes, as sentences."""
    ref, found = settlement.payout_ref, []
    if not settlement.keeps_balance and gross - fees != settlement.net_cents:
        sums = euros(gross - fees, settlement.currency), euros(settlement.net_cents, settlement.currency)
        found.append(f"{ref}: Die Zeilen ergeben {sums[0]}, ausgezahlt werden {sums[1]}.")
    return found + [f"{ref}: {sentence}" for _, sentence in compared(endpoint, settlement.lines, settlement.currency)]


def compared(endpoint: Endpoint, lines: Sequence[SettlementLine], currency: str) -> list[tuple[SettlementLine, str]]:
    """The lines of a settlement that do not fit our own notes, each with a sentence why."""
    ours = checkouts_named([endpoint.id], (name for line in lines for name in line.refs))
    found = []
    for line in lines:
        if line.kind in (LineKind.FEE, LineKind.OTHER):
            continue
        checkout = next((ours[name] for name in line.refs if name in ours), None)
        if sentence := _wrong(line, checkout, currency):
            found.append((line, sentence))
    return found


def _wrong(line: SettlementLine, checkout: Checkout | None, currency: str) -> str:
    """What does not fit between a line and the payment it names; empty if it fits."""
    amount = euros(line.gross_cents, currency)
    if checkout is None:
        return f"Zu {line.ref} über {amount} gibt es hier keine Zahlung."
    if line.kind is LineKind.PAYMENT and checkout.paid_on is None:
        return f"{line.ref} über {amount} ist abgerechnet, aber hier nicht gebucht (Vorgang {checkout.id})."
    if line.kind is LineKind.PAYMENT and (line.gross_cents, currency) != (checkout.amount_cents, checkout.currency):
        own = euros(checkout.amount_cents, checkout.currency)
        return f"{line.ref} ist mit {amount} abgerechnet, gebucht sind {own} (Vorgang {checkout.id})."
    if line.gross_cents < 0 and _still_whole(checkout):
        return f"{line.ref} über {amount} ging zurück, hier steht die Zahlung noch (Vorgang {checkout.id})."
    return ""


def _still_whole(checkout: Checkout) -> bool:
    """True if we know of nothing that went back."""
    return checkout.state == CheckoutState.PAID and not checkout.parked and not checkout.refunded_cents


_NAMED: Final = """
    SELECT DISTINCT o.id FROM payments_checkout o CROSS JOIN LATERAL jsonb_array_elements_text(o.refs) r(name)
    JOIN unnest(%s::text[]) w(name) ON w.name = r.name WHERE o.endpoint = ANY(%s)"""


def checkouts_named(endpoints: Collection[str], names: Iterable[str]) -> dict[str, Checkout]:
    """Our payments by every name they have, for any number of names in two queries."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [wanted, list(endpoints)])
        ids = [checkout_id for (checkout_id,) in cursor.fetchall()]
    found: dict[str, Checkout] = {}
    for checkout in Checkout.objects.filter(id__in=ids).order_by("id"):
        found |= dict.fromkeys((*checkout.refs, str(checkout.public_id), checkout.provider_ref), checkout)
    return found


def tie(payout: ProviderPayout, settlement: Settlement, *, now: datetime) -> bool:
    """Find the bank line of a payout and book both; nothing is booked while the payout's own lines do not add up. True if it is tied."""
    adds_up = settlement.keeps_balance or payout.gross_cents - payout.fee_cents == payout.net_cents
    if payout.entry_id is None and adds_up and (line := _bank_line(payout)) is not None:
        book_payout(payout, line, now=now)
    payout.state = PayoutState.DIFFERS if payout.differences else PayoutState.TIED if payout.entry_id else PayoutState.OPEN
    payout.save()
    return payout.entry_id is not None


def _bank_line(payout: ProviderPayout) -> BankLine | None:
    """The one undecided line on the creditor's account with this amount, near this day, and of this provider by its words."""
    if payout.net_cents <= 0:
        return None
    near = (payout.arrival_on - timedelta(days=DAYS_BEFORE), payout.arrival_on + timedelta(days=DAYS_AFTER))
    lines = BankLine.objects.select_for_update().filter(
        creditor_id=payout.creditor_id,
        amount_cents=payout.net_cents,
        currency=payout.currency,
        booked_on__range=near,
        state__in=[LineState.UNMATCHED, LineState.PROPOSED],
    )
    named = [line for line in lines.order_by("id") if _names_provider(line, payout)]
    exact = [line for line in named if payout.payout_ref.lower() in f"{line.purpose} {line.end_to_end_id}".lower()]
    chosen = exact or named
    return chosen[0] if len(chosen) == 1 else None


def _names_provider(line: BankLine, payout: ProviderPayout) -> bool:
    return payout.provider in f"{line.counterparty_name} {line.purpose} {line.end_to_end_id}".lower()


def book_payout(payout: ProviderPayout, line: BankLine, *, now: datetime) -> None:
    """Suspense + net, withheld + fees, provider − both; the bank line counts as booked."""
    if line.carried_entry_id is None:
        carry_one(line, payout.creditor_id, now=now)
    account = {kind: tenant_account(payout.creditor_id, kind, payout.currency) for kind in _ACCOUNTS}
    fees = payout.fee_cents - _fees_of_rows(payout)
    sums = (
        (AccountKind.SUSPENSE, payout.net_cents),
        (AccountKind.WITHHELD, fees),
        (AccountKind.PROVIDER, -payout.net_cents - fees),
    )
    # The provider's fee is an expense, so that it is never taken for fees of ours that lie on the account (decision 7).
    part = {AccountKind.WITHHELD: Component.EXPENSE}
    lines = tuple(Line(account[kind], part.get(kind, Component.CASH), cents) for kind, cents in sums if cents)
    source = f"Auszahlung {payout.payout_ref}, Bankumsatz {line.id}"
    entry = NewEntry(payout.creditor_id, line.booked_on, EntryKind.PAYOUT, source, f"payout:{payout.id}", lines)
    fp("payout.before_book")
    payout.entry_id, payout.bank_line = post([entry], now=now)[0], line
    line.state, line.reason, line.confidence = LineState.BOOKED, f"Auszahlung {payout.payout_ref}"[:200], 100
    line.entry_id, line.decided_by, line.decided_at = payout.entry_id, ACTOR, now
    line.save()
    fp("payout.after_book")


def _fees_of_rows(payout: ProviderPayout) -> int:
    """Fees of this payout's lines that a row of a settlement file has carried already."""
    fees = {str(line["ref"]): int(line["fee_cents"]) for line in payout.lines if line["fee_cents"]}
    booked = ProviderRow.objects.filter(endpoint=payout.endpoint, row_ref__in=list(fees), fee_entry_id__isnull=False)
    return sum(fees[ref] for ref in booked.values_list("row_ref", flat=True))


_ACCOUNTS: Final = (AccountKind.SUSPENSE, AccountKind.WITHHELD, AccountKind.PROVIDER)


def _not_paid_out(endpoint: Endpoint, day: date) -> dict[int, str]:
    """Payments the provider took a while ago that stand in none of its settlements: our number of each, and a sentence."""
    settled: set[str] = set()
    for lines in ProviderPayout.objects.filter(endpoint=endpoint.id).values_list("lines", flat=True):
        settled |= {name for line in lines for name in line["refs"]}
    for refs in ProviderRow.objects.filter(endpoint=endpoint.id).values_list("refs", flat=True):
        settled |= set(refs)
    late = Checkout.objects.filter(endpoint=endpoint.id, state=CheckoutState.PAID, paid_on__lt=day - LATE_AFTER).order_by("paid_on", "id")
    return {
        checkout.id: f"Vorgang {checkout.id} über {euros(checkout.amount_cents, checkout.currency)} vom {checkout.paid_on:%d.%m.%Y}"
        " ist noch in keiner Abrechnung."
        for checkout in late
        if settled.isdisjoint({*checkout.refs, checkout.provider_ref, str(checkout.public_id)})
    }
