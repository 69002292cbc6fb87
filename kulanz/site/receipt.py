"""A balance that explains itself: each line of what is owed, with the rule, the days and the rate behind it.

Debtor, agent and creditor see this same list, in the words of the page. What it says comes from `kulanz.claims.receipt`; lines that move
nothing (a payment shared out anew) stand in the statement of account only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kulanz.claims.accounts import ClaimBalance, interest_terms_of
from kulanz.claims.commands.set_off import SOURCE as SET_OFF
from kulanz.claims.models import Claim
from kulanz.claims.receipt import ClaimReceipt, LineKind, cited, rate_origin, receipt_of
from kulanz.claims.receipt import ReceiptLine as Explained
from kulanz.law.grounds import RateOrigin
from kulanz.law.interest import Segment
from kulanz.ledger.components import Component
from kulanz.site.recalculate import interest_link
from kulanz.site.receipt_words import glossary, meaning, note, set_off_meaning, why_this_amount
from kulanz.site.templatetags.kulanz_ui import long_date, money, number
from kulanz.site.told import in_words


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line: what it is, how much in cents, and the sentences and the paragraph that explain it."""

    label: str
    why: str
    cents: int
    sentences: tuple[str, ...] = ()
    rule: str = ""
    segments: tuple[str, ...] = ()
    recalculate: str = ""
    """The address of the public calculator with the same figures."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """All lines of some claims on one day; ``total_cents`` is their sum, ``summary`` why it is so much in one sentence."""

    lines: tuple[ReceiptLine, ...]
    currency: str
    day: date
    summary: str = ""
    total_cents: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_cents", sum(line.cents for line in self.lines))

    @property
    def glossary(self) -> list[tuple[str, str]]:
        """The words of these lines that need explaining, each with a sentence."""
        said = (word for line in self.lines for word in (line.label, line.why, line.rule, *line.sentences, *line.segments))
        return glossary("\n".join(said))


def receipt(balances: Sequence[ClaimBalance], day: date) -> Receipt:
    """The receipt of claims in one currency on ``day``, as the page shows it; made of `kulanz.claims.receipt` and nothing else."""
    explained = receipt_of(balances, day)
    lines = tuple(
        _line(told, line)
        for told in explained.claims
        for line in told.lines
        if line.cents or line.kind in (LineKind.OPENED, LineKind.INTEREST)
    )
    return Receipt(lines, explained.currency, day, why_this_amount(balances))


def _line(told: ClaimReceipt, line: Explained) -> ReceiptLine:
    match line.kind:
        case LineKind.OPENED:
            return _opening(told.claim, line)
        case LineKind.INTEREST:
            return _interest(told, line)
        case LineKind.CHARGE:
            said = (meaning(line.kind, line.component), *_document(line))
            return ReceiptLine(_charge(line.component), long_date(line.on), line.cents, said, _rule(line))
        case _:
            said = (*_parts(told.claim, line), *_named(line), meaning(line.kind, None), *_document(line))
            if line.source == SET_OFF:
                said = (*_parts(told.claim, line), set_off_meaning(line.kind))
                return ReceiptLine(_name(line), long_date(line.on), line.cents, said)
            return ReceiptLine(_name(line), long_date(line.on), line.cents, tuple(one for one in said if one), _rule(line))


def _named(line: Explained) -> tuple[str, ...]:
    """What the payer wanted paid (§ 366 (1) BGB), and which booking a line shares out anew."""
    said: tuple[str, ...] = ()
    if line.named:
        said += (_("So haben Sie es beim Zahlen bestimmt: für Rechnung %(numbers)s.") % {"numbers": ", ".join(line.named)},)
    if line.corrects is not None:
        said += (_("Betrifft Buchung %(number)s.") % {"number": line.corrects},)
    if line.entry_id is not None and line.kind in (LineKind.PAYMENT, LineKind.CHARGEBACK):
        said += (_("Buchung %(number)s") % {"number": line.entry_id},)
    return said


def _document(line: Explained) -> tuple[str, ...]:
    """Where the line comes from; a note that says why is a sentence of its own."""
    if why := note(line.source):
        return (why,)
    return (_("Beleg: %(source)s") % {"source": in_words(line.source)},) if line.source else ()


def _rule(line: Explained) -> str:
    return cited(line.rule, get_language() or "de")


def _opening(claim: Claim, line: Explained) -> ReceiptLine:
    sentence = _("Rechnung vom %(invoiced)s, zu zahlen bis %(due)s.") % {
        "invoiced": long_date(claim.invoiced_on),
        "due": long_date(claim.due_on),
    }
    return ReceiptLine(
        _("Rechnung %(number)s") % {"number": claim.external_id}, claim.subject, line.cents, (sentence, *_document(line)), _rule(line)
    )


def _name(line: Explained) -> str:
    match line.kind:
        case LineKind.PAYMENT if line.source == SET_OFF:
            return _("Ihr Guthaben aus einer früheren Rechnung")
        case LineKind.REFUND if line.source == SET_OFF:
            return _("Guthaben, verrechnet mit einer neuen Rechnung")
        case LineKind.PAYMENT:
            return _("Ihre Zahlung")
        case LineKind.CHARGEBACK:
            return _("Zahlung zurückgegangen")
        case LineKind.CREDIT_NOTE:
            return _("Gutschrift")
        case LineKind.WAIVER | LineKind.WRITE_OFF:
            return _("Darauf verzichten wir")
        case LineKind.REFUND:
            return _("Rückzahlung an Sie")
        case LineKind.CREDIT:
            return _("Zu viel gezahlt, gehört Ihnen")
        case LineKind.REALLOCATED:
            return _("Zahlung neu aufgeteilt")
        case LineKind.UNDONE:
            return _("Buchung zurückgenommen")
        case _:
            return _("Berichtigung")


def _charge(component: Component | None) -> str:
    match component:
        case Component.DUNNING_FEE:
            return _("Mahnkosten")
        case Component.COLLECTION_COST:
            return _("Inkassokosten")
        case Component.COURT_COST:
            return _("Gerichtskosten")
        case Component.SETTLEMENT_FEE:
            return _("Kosten der Ratenvereinbarung")
        case _:
            return _("Auslagen")


def _parts(claim: Claim, line: Explained) -> tuple[str, ...]:
    """What a payment was used for: costs first, then interest, then the invoice (§ 367 BGB)."""
    sums: dict[str, int] = defaultdict(int)
    for part in line.children:
        match part.component:
            case Component.INTEREST:
                name = _("Zinsen")
            case Component.PRINCIPAL:
                name = _("Rechnung %(number)s") % {"number": claim.external_id}
            case Component.OVERPAID:
                name = _("zu viel gezahlt, gehört Ihnen")
            case _:
                name = _("Kosten")
        sums[name] += part.cents if line.cents > 0 else -part.cents
    return tuple(f"{money(cents, claim.currency)}: {name}" for name, cents in sums.items() if cents)


def _interest(told: ClaimReceipt, line: Explained) -> ReceiptLine:
    claim = told.claim
    if claim.first_interest_day is None:
        waiting = (_("Zinsen beginnen erst, wenn Sie in Verzug sind. Das ist noch nicht so."),)
        return ReceiptLine(_("Verzugszinsen"), _("bisher keine"), line.cents, waiting, _rule(line))
    if not line.children:
        return ReceiptLine(_("Verzugszinsen"), _("keine"), line.cents, (_("Es sind keine Zinsen angefallen."),), _rule(line))
    until = _("Gerechnet bis einschließlich %(day)s.") % {"day": long_date(told.last_interest_day)}
    rounding = sum(child.cents for child in line.children if child.segment is None)
    segments = [child.segment for child in line.children if child.segment is not None]
    sentences: tuple[str, ...] = (why_this_rate(claim), until)
    if rounding:
        sentences += (_("Gerundet wird erst die Summe; das macht %(amount)s aus.") % {"amount": money(rounding, claim.currency)},)
    return ReceiptLine(
        _("Verzugszinsen"),
        _("seit %(day)s") % {"day": long_date(claim.first_interest_day)},
        line.cents,
        sentences,
        _rule(line),
        tuple(segment_text(segment, claim.currency) for segment in segments),
        interest_link(segments, told.last_interest_day or segments[-1].to_on, interest_terms_of(claim), claim.creditor.country)
        if segments
        else "",
    )


def why_this_rate(claim: Claim) -> str:
    """One sentence: which rate, and who says so."""
    agreed, points = (
        rate_origin(claim) is RateOrigin.AGREED,
        {"points": percent(claim.margin_bp or 0), "rate": percent(claim.fixed_bp or 0)},
    )
    if claim.fixed_bp is not None:
        if agreed:
            return _("Der Zinssatz ist %(rate)s %% im Jahr. So steht es in Ihrem Vertrag.") % points
        return _("Der Zinssatz ist %(rate)s %% im Jahr. So steht es im Gesetz.") % points
    if agreed:
        return _("Der Zinssatz ist der Basiszinssatz plus %(points)s Prozentpunkte. So steht es in Ihrem Vertrag.") % points
    if claim.consumer:
        return _("Der Zinssatz ist der Basiszinssatz plus %(points)s Prozentpunkte, weil Sie privat gekauft haben.") % points
    return _("Der Zinssatz ist der Basiszinssatz plus %(points)s Prozentpunkte, weil beide Seiten Unternehmen sind.") % points


def segment_text(segment: Segment, currency: str) -> str:
    """``84,90 € × 6,52 % × 65 Tage ÷ 365 = 0,99 €`` with its days and, where the rate follows it, the base rate."""
    calculation = ngettext(
        "%(principal)s × %(rate)s %% × %(days)s Tag ÷ %(year)s = %(amount)s",
        "%(principal)s × %(rate)s %% × %(days)s Tage ÷ %(year)s = %(amount)s",
        segment.days,
    ) % {
        "principal": money(segment.principal_cents, currency),
        "rate": percent(segment.rate_bp),
        "days": segment.days,
        "year": segment.year_days,
        "amount": money(segment.amount_cents, currency),
    }
    span = long_date(segment.from_on)
    if segment.to_on != segment.from_on:
        span = _("%(first)s bis %(last)s") % {"first": span, "last": long_date(segment.to_on)}
    if segment.base_bp is None:
        return f"{span}: {calculation}"
    base = _("Basiszinssatz %(base)s %%") % {"base": percent(segment.base_bp)}
    return f"{span} ({base}): {calculation}"


def percent(basis_points: int) -> str:
    """Basis points as a percentage in the reader's form: ``652`` → ``6,52``."""
    return number(Decimal(basis_points).scaleb(-2))
