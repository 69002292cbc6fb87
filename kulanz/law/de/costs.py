"""§ 13e RDG with the RVG: what a debtor owes for collection out of court."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from kulanz.law.costs import CollectionCosts, Contractor, CostsQuestion
from kulanz.law.de import fees
from kulanz.law.errors import InvalidQuestion
from kulanz.law.money import parse_money, round_half_up

SMALL_CLAIM_CENTS = parse_money("50.00")
SMALL_CLAIM_FEE_SINCE = date(2021, 10, 1)
LUMP_SUM_SINCE = date(2014, 7, 29)


def collection_costs(question: CostsQuestion) -> CollectionCosts:
    """Fee, flat expenses, agreement fee and VAT of one mandate; between businesses at least the lump sum of 40 EUR.

    The lump sum is set off against legal costs (§ 288 (5)), so the debtor owes the larger of the two, never both.
    """
    if question.value_cents <= 0:
        raise InvalidQuestion("Der Wert der Forderung muss größer als null sein.")
    if question.contractor is Contractor.CREDITOR:
        lump_sum_cents = _lump_sum_cents(question, legal_cents=0)
        rule = "Eigener Aufwand des Gläubigers ist kein Schaden"
        return CollectionCosts(0, 0, 0, 0, lump_sum_cents, lump_sum_cents, _with_lump_sum(rule, lump_sum_cents))
    usual = _usual_rate(question)
    rate = Fraction(question.rate) if question.rate is not None else usual
    highest = _highest_rate(question) if rate > usual else usual
    if rate > highest:
        raise InvalidQuestion(
            f"Der Satz {fees.written(rate)} liegt über dem Höchstsatz {fees.written(highest)} für diesen Fall.",
            fix="Unbestritten höchstens 1,3, im einfachen Fall höchstens 0,5, bestritten höchstens 2,5.",
        )
    fee, expenses, agreement, vat = _legal_costs(question, rate)
    lump_sum_cents = _lump_sum_cents(question, legal_cents=fee + expenses + agreement + vat)
    most = sum(_legal_costs(question, highest))
    rule = _rule(question, rate, usual)
    return CollectionCosts(
        fee,
        expenses,
        agreement,
        vat,
        lump_sum_cents,
        cap_cents=most + _lump_sum_cents(question, legal_cents=most),
        rule=_with_lump_sum(rule, lump_sum_cents),
    )


def _usual_rate(question: CostsQuestion) -> Fraction:
    """The rate that needs no special reason (VV RVG 2300 with notes 1 and 2)."""
    if question.rate is not None and question.mandate_on < SMALL_CLAIM_FEE_SINCE:
        return Fraction(question.rate)
    if not question.undisputed:
        return fees.amount("rate_disputed", question.mandate_on)
    item = "rate_simple" if question.settled_on_first_letter else "rate_undisputed"
    return fees.amount(item, question.mandate_on)


def _highest_rate(question: CostsQuestion) -> Fraction:
    """The rate that even special effort or difficulty cannot exceed; a simple case knows none."""
    if not question.undisputed:
        return fees.amount("rate_disputed_highest", question.mandate_on)
    item = "rate_simple" if question.settled_on_first_letter else "rate_undisputed_highest"
    return fees.amount(item, question.mandate_on)


def _legal_costs(question: CostsQuestion, rate: Fraction) -> tuple[int, int, int, int]:
    """Fee, expenses, agreement fee and VAT in cents."""
    day = question.mandate_on
    small = question.undisputed and question.value_cents <= SMALL_CLAIM_CENTS and day >= SMALL_CLAIM_FEE_SINCE
    single = fees.amount("small_claim_fee", day) if small else fees.single_fee_cents("rvg", question.value_cents, day)
    fee = fees.at_least_minimum(single * rate, day)
    agreement = _agreement_cents(question) if question.instalment_agreement else 0
    expenses = 0
    if question.expenses_flat:
        flat = round_half_up((fee + agreement) * fees.amount("expenses_share", day))
        expenses = min(flat, round_half_up(fees.amount("expenses_highest", day)))
    vat = round_half_up((fee + expenses + agreement) * fees.amount("vat", day)) if question.vat else 0
    return fee, expenses, agreement, vat


def _agreement_cents(question: CostsQuestion) -> int:
    """VV RVG 1000 no. 2 for an instalment or deferral agreement, from a share of the claim (§ 31b RVG)."""
    day = question.mandate_on
    value_cents = max(1, round_half_up(question.value_cents * fees.amount("instalment_value_share", day)))
    single = fees.single_fee_cents("rvg", value_cents, day)
    return fees.at_least_minimum(single * fees.amount("instalment_rate", day), day)


def _lump_sum_cents(question: CostsQuestion, *, legal_cents: int) -> int:
    """What the lump sum of § 288 (5) adds to the legal costs; nothing if a consumer owes."""
    if question.consumer or question.mandate_on < LUMP_SUM_SINCE:
        return 0
    return max(0, round_half_up(fees.amount("lump_sum", question.mandate_on)) - legal_cents)


def _rule(question: CostsQuestion, rate: Fraction, usual: Fraction) -> str:
    case = "einfacher Fall" if question.settled_on_first_letter else "unbestritten"
    words = [f"{fees.written(Decimal(str(float(rate))))}-fache Geschäftsgebühr"]
    words.append(f"(VV RVG 2300, {case if question.undisputed else 'bestritten'})")
    if question.undisputed and question.value_cents <= SMALL_CLAIM_CENTS and question.mandate_on >= SMALL_CLAIM_FEE_SINCE:
        words.append("aus der Gebühr für Forderungen bis 50 Euro (§ 13 Abs. 2 RVG)")
    if question.expenses_flat:
        words.append("mit Auslagenpauschale (VV RVG 7002)")
    if question.instalment_agreement:
        words.append("und Einigungsgebühr für die Zahlungsvereinbarung (VV RVG 1000 Nr. 2, § 31b RVG)")
    if question.vat:
        words.append("zuzüglich Umsatzsteuer (VV RVG 7008), weil der Gläubiger sie nicht abziehen kann")
    if rate > usual:
        words.append("; der höhere Satz setzt besonderen Umfang oder besondere Schwierigkeit voraus")
    limit = "Obergrenze § 13e RDG" if question.contractor is Contractor.AGENCY else "Obergrenze RVG"
    return f"{' '.join(words)}; {limit}".replace(" ;", ";")


def _with_lump_sum(rule: str, lump_sum_cents: int) -> str:
    return f"{rule}; Pauschale von 40 Euro unter Anrechnung (§ 288 Abs. 5 BGB)" if lump_sum_cents else rule
