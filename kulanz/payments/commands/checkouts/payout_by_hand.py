"""A payout of a provider that reports none: a person says which payments a bank line pays out, and what the provider kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kulanz.claims.models import Creditor
from kulanz.payments.checkout_errors import CheckoutNotFound, PayoutDoesNotFit
from kulanz.payments.commands.by_hand import locked_line
from kulanz.payments.commands.checkouts.reconcile import book_payout, store_payout
from kulanz.payments.models import BankLine, Checkout, LineState, PayoutState, ProviderPayout
from kulanz.payments.providers.config import Endpoint, endpoint_of
from kulanz.payments.providers.errors import NoSuchEndpoint
from kulanz.payments.providers.port import LineKind, Settlement, SettlementLine
from kulanz.payments.readers.shape import euros


def pay_out_by_hand(
    endpoint_id: str, line_id: int, *, payments: Sequence[int], refunds: Sequence[int] = (), fee_cents: int, actor: str, now: datetime
) -> ProviderPayout:
    """Tie a bank line to the ``payments`` it pays out, less the refunds of ``refunds`` (both by their numbers) and the fee.

    Nothing is made to fit: payments − refunds − fee must be the amount of the line. A payment is paid out once. Raises `PayoutDoesNotFit`
    with what is wrong, `CheckoutNotFound`, `LineNotFound` or `NoSuchEndpoint`.
    """
    endpoint = endpoint_of(endpoint_id)
    creditor = Creditor.objects.filter(key=endpoint.creditor).first()
    if creditor is None:
        raise NoSuchEndpoint
    with transaction.atomic():
        line = locked_line(line_id)
        if line.creditor_id != creditor.id or line.state not in (LineState.UNMATCHED, LineState.PROPOSED) or line.amount_cents <= 0:
            raise PayoutDoesNotFit("Dieser Bankumsatz ist kein offener Eingang auf dem Konto dieses Gläubigers.")
        paid, back = _checkouts(endpoint, payments), _checkouts(endpoint, refunds)
        settlement = _settlement(line, paid, back, fee_cents)
        _fits(endpoint, line, settlement, [*paid])
        payout = store_payout(endpoint, creditor, settlement, now=now)
        if payout.differences:
            raise PayoutDoesNotFit(" ".join(payout.differences))
        book_payout(payout, line, now=now)
        line.decided_by = actor
        line.save(update_fields=["decided_by"])
        payout.state = PayoutState.TIED
        payout.save()
        return payout


def _checkouts(endpoint: Endpoint, numbers: Sequence[int]) -> list[Checkout]:
    """The payments with these numbers, each once. Raises `CheckoutNotFound` if one is missing or belongs to another endpoint."""
    found = list(Checkout.objects.select_for_update().filter(id__in=numbers, endpoint=endpoint.id).order_by("id"))
    if len(found) != len(set(numbers)):
        raise CheckoutNotFound
    return found


def _settlement(line: BankLine, paid: Sequence[Checkout], back: Sequence[Checkout], fee_cents: int) -> Settlement:
    """What the provider's report would have said."""
    lines = [
        SettlementLine(LineKind.PAYMENT, one.provider_ref, (one.provider_ref,), one.amount_cents, 0, one.paid_on or line.booked_on)
        for one in paid
    ]
    lines += [
        SettlementLine(LineKind.REFUND, f"{one.provider_ref}:refunds", (one.provider_ref,), -one.refunded_cents, 0, line.booked_on)
        for one in back
    ]
    fee = (SettlementLine(LineKind.FEE, f"line-{line.id}-fee", (), 0, fee_cents, line.booked_on),) if fee_cents else ()
    return Settlement(f"line-{line.id}", line.currency, line.booked_on, line.amount_cents, (*lines, *fee))


def _fits(endpoint: Endpoint, line: BankLine, settlement: Settlement, paid: Sequence[Checkout]) -> None:
    if not paid or any(one.paid_on is None or one.currency != line.currency for one in paid):
        raise PayoutDoesNotFit("Eine der Zahlungen ist hier nicht als bezahlt gebucht.")
    net = sum(part.net_cents for part in settlement.lines)
    if net != line.amount_cents:
        found, wanted = euros(net, line.currency), euros(line.amount_cents, line.currency)
        raise PayoutDoesNotFit(f"Zahlungen weniger Erstattungen und Gebühr ergeben {found}, der Bankumsatz ist {wanted}.")
    wanted_refs = {one.provider_ref for one in paid}
    for lines in ProviderPayout.objects.filter(endpoint=endpoint.id).values_list("lines", flat=True):
        done = {name for part in lines if part["kind"] == LineKind.PAYMENT for name in part["refs"]}
        if wanted_refs & done:
            raise PayoutDoesNotFit("Eine der Zahlungen ist schon in einer anderen Auszahlung.")
