"""A balance that explains itself: each line of what is owed, with the rule, the days and the rate behind it.

Debtor, agent and creditor see this same list. The lines of a receipt add up to the balance, always: it is made of the ledger's entries
and of the interest segments, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Claim
from kulanz.law.interest import Segment
from kulanz.ledger.models import Component, EntryKind
from kulanz.ledger.rules import Booked
from kulanz.site.templatetags.kulanz_ui import long_date, money, number


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line: what it is, how much in cents, and the sentences and the paragraph that explain it."""

    label: str
    why: str
    cents: int
    sentences: tuple[str, ...] = ()
    rule: str = ""
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """All lines of some claims on one day; ``total_cents`` is their sum."""

    lines: tuple[ReceiptLine, ...]
    currency: str
    day: date
    total_cents: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_cents", sum(line.cents for line in self.lines))


def receipt(balances: Sequence[ClaimBalance], day: date) -> Receipt:
    """The receipt of claims in one currency on ``day``."""
    lines = tuple(line for balance in balances for line in _claim_lines(balance))
    return Receipt(lines, balances[0].claim.currency if balances else "EUR", day)


def _claim_lines(balance: ClaimBalance) -> Iterator[ReceiptLine]:
    claim = balance.claim
    for entry_id, booked in groupby(balance.lines, key=lambda line: line.entry_id):
        del entry_id
        group = list(booked)
        cents = sum(line.amount_cents for line in group if not _explained_elsewhere(line))
        if cents or group[0].kind == EntryKind.CLAIM_OPENED:
            yield _entry_line(claim, group, cents)
    if claim.margin_bp is None:
        return
    yield _interest_line(balance)


def _explained_elsewhere(line: Booked) -> bool:
    """Interest that was booked stands in the interest line with its days; money owed back is not part of what is owed."""
    return line.component == Component.OVERPAID or (line.component == Component.INTEREST and line.kind == EntryKind.INTEREST)


def _entry_line(claim: Claim, group: Sequence[Booked], cents: int) -> ReceiptLine:
    first = group[0]
    on = long_date(first.occurred_on)
    match first.kind:
        case EntryKind.CLAIM_OPENED:
            sentences = (
                _("Rechnung vom %(invoiced)s, zu zahlen bis %(due)s.")
                % {"invoiced": long_date(claim.invoiced_on), "due": long_date(claim.due_on)},
            )
            return ReceiptLine(_("Rechnung %(number)s") % {"number": claim.external_id}, claim.subject, cents, sentences)
        case EntryKind.PAYMENT | EntryKind.ASSIGNMENT:
            return ReceiptLine(_("Ihre Zahlung"), on, cents, _allocation(claim, group), "§ 367 BGB")
        case EntryKind.CHARGEBACK:
            return ReceiptLine(_("Zahlung zurückgegangen"), on, cents)
        case EntryKind.CHARGE:
            return ReceiptLine(_charge(first.component), on, cents, (first.source,))
        case EntryKind.CREDIT_NOTE:
            return ReceiptLine(_("Gutschrift"), on, cents)
        case EntryKind.WAIVER:
            return ReceiptLine(_("Darauf verzichten wir"), on, cents)
        case EntryKind.REFUND:
            return ReceiptLine(_("Rückzahlung an Sie"), on, cents)
        case _:
            return ReceiptLine(_("Berichtigung"), on, cents)


def _charge(component: Component) -> str:
    match component:
        case Component.DUNNING_FEE:
            return _("Mahnkosten")
        case Component.COLLECTION_COST:
            return _("Inkassokosten")
        case Component.COURT_COST:
            return _("Gerichtskosten")
        case _:
            return _("Auslagen")


def _allocation(claim: Claim, group: Sequence[Booked]) -> tuple[str, ...]:
    """What a payment was used for: costs first, then interest, then the invoice (§ 367 BGB)."""
    parts = []
    for component, name in (
        (Component.INTEREST, _("Zinsen")),
        (Component.PRINCIPAL, _("Rechnung %(number)s") % {"number": claim.external_id}),
        (Component.OVERPAID, _("zu viel gezahlt, gehört Ihnen")),
    ):
        cents = -sum(line.amount_cents for line in group if line.component == component and line.kind != EntryKind.INTEREST)
        if cents:
            parts.append(f"{money(cents, claim.currency)}: {name}")
    costs = -sum(line.amount_cents for line in group if line.component not in (Component.INTEREST, Component.PRINCIPAL, Component.OVERPAID))
    if costs:
        name = _("Kosten")
        parts.insert(0, f"{money(costs, claim.currency)}: {name}")
    return tuple(parts)


def _interest_line(balance: ClaimBalance) -> ReceiptLine:
    claim = balance.claim
    total = balance.interest.total_cents
    if claim.first_interest_day is None:
        return ReceiptLine(
            _("Verzugszinsen"),
            _("bisher keine"),
            total,
            (_("Zinsen beginnen erst, wenn Sie in Verzug sind. Das ist noch nicht so."),),
            "§ 286 BGB",
        )
    if not balance.interest.segments:
        return ReceiptLine(_("Verzugszinsen"), _("bisher keine"), total, (), "§ 288 BGB")
    points = percent(claim.margin_bp or 0)
    if claim.consumer:
        because = _("Der Zinssatz ist der Basiszinssatz plus %(points)s Prozentpunkte, weil Sie privat gekauft haben.")
    else:
        because = _("Der Zinssatz ist der Basiszinssatz plus %(points)s Prozentpunkte, weil beide Seiten Unternehmen sind.")
    until = _("Gerechnet bis einschließlich %(day)s.") % {"day": long_date(balance.last_interest_day)}
    paragraph = _("§ 288 Absatz 1, § 247 BGB") if claim.consumer else _("§ 288 Absatz 2, § 247 BGB")
    return ReceiptLine(
        _("Verzugszinsen"),
        _("seit %(day)s") % {"day": long_date(claim.first_interest_day)},
        total,
        (because % {"points": points}, until),
        paragraph,
        tuple(segment_text(segment, claim.currency) for segment in balance.interest.segments),
    )


def segment_text(segment: Segment, currency: str) -> str:
    """``84,90 € × 6,52 % × 65 Tage ÷ 365 = 0,99 €`` with its days and, where the rate follows it, the base rate."""
    calculation = _("%(principal)s × %(rate)s %% × %(days)s Tage ÷ %(year)s = %(amount)s") % {
        "principal": money(segment.principal_cents, currency),
        "rate": percent(segment.rate_bp),
        "days": segment.days,
        "year": segment.year_days,
        "amount": money(segment.amount_cents, currency),
    }
    span = _("%(first)s bis %(last)s") % {"first": long_date(segment.from_on), "last": long_date(segment.to_on)}
    if segment.base_bp is None:
        return f"{span}: {calculation}"
    base = _("Basiszinssatz %(base)s %%") % {"base": percent(segment.base_bp)}
    return f"{span} ({base}): {calculation}"


def percent(basis_points: int) -> str:
    """Basis points as a percentage in the reader's form: ``652`` → ``6,52``."""
    return number(Decimal(basis_points).scaleb(-2))
