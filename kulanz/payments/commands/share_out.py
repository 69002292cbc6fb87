"""A person shares one incoming line out over several cases or invoices: booked like a collective payment the software understood itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kulanz.claims.models import Case, Claim
from kulanz.failpoints import fp
from kulanz.ledger.models import EntryKind
from kulanz.payments.commands.books import carry_one
from kulanz.payments.commands.by_hand import asked_about, locked_line, save_decision
from kulanz.payments.commands.maybe_paid import thaw
from kulanz.payments.commands.settle import Payment, settle_each
from kulanz.payments.commands.splits import share_keys
from kulanz.payments.errors import (
    LineAlreadyBooked,
    NotAnIncomingPayment,
    NothingToBookOn,
    SeveralCreditors,
    SharesDoNotAddUp,
    WrongAccount,
    WrongCurrency,
)
from kulanz.payments.models import BankLine, LineState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.identity import paid_on

SHARES_MAX: Final = 400
"""More parts than one person can look over are several decisions."""

REASON: Final = "von Hand aufgeteilt"


@dataclass(frozen=True, slots=True)
class HandShare:
    """One part of a line, in cents: for a case, or for one invoice of it if the payer meant that one (§ 366 (1) BGB)."""

    case_id: int
    cents: int
    claim_id: int | None = None


def share_out(line_id: int, shares: Sequence[HandShare], *, actor: str, now: datetime, day: date) -> list[int]:
    """Book a line to several cases by a person's decision; returns the entries in the order of the shares. `by_hand.undo` takes all back.

    All or nothing: raises `LineAlreadyBooked`, `NotAnIncomingPayment`, `SharesDoNotAddUp`, `NothingToBookOn`, `WrongCurrency`,
    `SeveralCreditors` or `WrongAccount`; then nothing has changed.
    """
    line = locked_line(line_id)
    if line.state == LineState.BOOKED:
        raise LineAlreadyBooked
    if line.amount_cents <= 0:
        raise NotAnIncomingPayment
    _check_sum(line, shares)
    cases = _cases(line, shares)
    fp("share_out.before_book")
    creditor_id = next(iter(cases.values())).creditor_id
    if line.carried_entry_id is None:
        carry_one(line, creditor_id, now=now)
    line.bookings += 1
    keys = share_keys(line.id, line.bookings, [share.case_id for share in shares])
    payments = [_payment(line, share, key, day) for share, key in zip(shares, keys, strict=True)]
    asked = asked_about(line)
    entries = settle_each(payments, today=day, now=now, actor=actor)
    line.creditor_id, line.case_id, line.entry_id, line.claim_ids = creditor_id, None, None, []
    line.splits = [
        {
            "case": share.case_id,
            "reference": cases[share.case_id].reference,
            "claims": [share.claim_id] if share.claim_id else [],
            "cents": share.cents,
            "reason": REASON,
            "entry": entries[key],
        }
        for share, key in zip(shares, keys, strict=True)
    ]
    line.state, line.reason, line.confidence = LineState.BOOKED, REASON, 100
    save_decision(line, actor=actor, now=now)
    fp("share_out.after_book")
    thaw([*asked, *cases], because="Der Bankumsatz ist zugeordnet.", actor=actor, now=now)
    return [entries[key] for key in keys]


def _check_sum(line: BankLine, shares: Sequence[HandShare]) -> None:
    if not 0 < len(shares) <= SHARES_MAX:
        raise SharesDoNotAddUp(f"Ein Umsatz lässt sich auf einen bis {SHARES_MAX} Anteile verteilen.")
    if any(share.cents <= 0 for share in shares):
        raise SharesDoNotAddUp("Jeder Anteil muss größer als null sein.")
    rest = line.amount_cents - sum(share.cents for share in shares)
    if rest > 0:
        raise SharesDoNotAddUp(f"Es bleiben noch {euros(rest, line.currency)} zu verteilen.")
    if rest < 0:
        raise SharesDoNotAddUp(f"Es sind {euros(-rest, line.currency)} zu viel verteilt.")


def _cases(line: BankLine, shares: Sequence[HandShare]) -> dict[int, Case]:
    """The cases of the shares, all of one creditor whose money may lie on this account. Two queries, however many shares."""
    wanted = {share.case_id for share in shares}
    cases = {case.id: case for case in Case.objects.select_related("creditor").filter(id__in=wanted)}
    meant = {(share.claim_id, share.case_id) for share in shares if share.claim_id is not None}
    known = set(Claim.objects.filter(id__in=[claim for claim, _ in meant]).values_list("id", "case_id"))
    if cases.keys() != wanted or not meant <= known:
        raise NothingToBookOn
    if {case.currency for case in cases.values()} != {line.currency}:
        raise WrongCurrency(f"Der Umsatz ist in {line.currency}, mindestens eine Akte wird in einer anderen Währung geführt.")
    if len({case.creditor_id for case in cases.values()}) > 1:
        raise SeveralCreditors
    creditor = next(iter(cases.values())).creditor
    if (creditor.iban and creditor.iban != line.account_iban) or (line.carried_entry_id and line.creditor_id not in (None, creditor.id)):
        raise WrongAccount
    return cases


def _payment(line: BankLine, share: HandShare, key: str, day: date) -> Payment:
    return Payment(
        line_id=line.id,
        case_id=share.case_id,
        claim_ids=(share.claim_id,) if share.claim_id else (),
        amount_cents=share.cents,
        currency=line.currency,
        paid_on=min(paid_on(line.booked_on, line.value_on), day),
        kind=EntryKind.ASSIGNMENT,
        key=key,
        source=f"Bankumsatz {line.id}",
        payer=line.counterparty_name,
    )
