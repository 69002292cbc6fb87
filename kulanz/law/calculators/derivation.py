"""How an answer came about, step by step, and which rows of which tables it rests on: for pages that print the way, not only the result.

Pure and without words: a page in any language says them. Calculators that answer with a story (limitation, allocation, default) explain
themselves and have no steps here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from kulanz.law.costs import Contractor
from kulanz.law.days import DayCount, half_year_start
from kulanz.law.de import costs as de_costs
from kulanz.law.de import exempt as de_exempt
from kulanz.law.de import fees as de_fees
from kulanz.law.exempt import Period
from kulanz.law.money import parse_money, parse_percent, round_half_up
from kulanz.law.tables import Row, in_force, last_day, rows, table_of

Question = Mapping[str, object]
Answer = Mapping[str, object]


class StepKind(StrEnum):
    """What a step does; `values` of the step holds the numbers named here."""

    SEGMENT = "segment"
    """from, to, days, year_days, rate_bp, base_bp (0 if none), principal_cents"""
    VALUE_FEE = "value_fee"
    """count started stretches of step_cents at each_cents, up to up_to_cents (0: without end); the first has step_cents 0"""
    SINGLE_FEE = "single_fee"
    RATE = "rate"
    """rate (a fraction) times single_cents"""
    LEAST = "least"
    """the fee is never below this amount"""
    STEPPED_INCOME = "stepped_income"
    """net_cents, step_cents"""
    FREE = "free"
    """base_cents, first_cents, further_cents, further (how many)"""
    SHARE = "share"
    """tenths of over_cents"""
    OVER_CAP = "over_cap"
    """cap_cents"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation with its result in cents."""

    kind: StepKind
    cents: int
    values: Mapping[str, int | date | Fraction]


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of a table that was used: its value as written, since when it holds, where it was published, when the table ends."""

    title: str
    value: str
    valid_from: date | None
    source: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Derivation:
    """The steps in order, and the rows they rest on."""

    steps: tuple[Step, ...] = ()
    origins: tuple[Origin, ...] = ()


def derive(name: str, question: Question, answer: Answer) -> Derivation:
    """The way from a question that was answered to its answer."""
    ways: dict[str, Callable[[str, Question, Answer], Derivation]] = {
        "interest": _interest,
        "base-rate": _base_rate,
        "rvg-fee": _rvg_fee,
        "costs": _costs,
        "court-fee": _court_fee,
        "attachable": _attachable,
    }
    way = ways.get(name)
    return Derivation() if way is None else way(str(question.get("country") or "de"), question, answer)


def _day(question: Question, name: str) -> date:
    return date.fromisoformat(str(question[name]))


def _origin(table: str, row: Row, value: str) -> Origin:
    known = table_of(table)
    return Origin(known.title, value, date.fromisoformat(row["valid_from"]), row["source"], last_day(known))


def _interest(country: str, question: Question, answer: Answer) -> Derivation:
    listed = answer["segments"]
    segments = listed if isinstance(listed, list) else []
    usual = DayCount.THIRTY_E_360 if country == "ch" else DayCount.ACT_ACT
    day_count = DayCount(str(question.get("day_count") or usual))
    table = _rate_table(country, question)
    steps, used = [], {}
    for segment in segments:
        from_on = date.fromisoformat(segment["from"])
        base_bp = 0
        if table:
            row = next(row for row in rows(table) if row["valid_from"] == half_year_start(from_on).isoformat())
            used[row["valid_from"]] = _origin(table, row, f"{row['rate_percent']} %")
            base_bp = parse_percent(row["rate_percent"])
        values: dict[str, int | date | Fraction] = {
            "from": from_on,
            "to": date.fromisoformat(segment["to"]),
            "days": segment["days"],
            "year_days": day_count.year_days(from_on.year),
            "rate_bp": parse_percent(segment["rate_percent"]),
            "base_bp": base_bp,
            "principal_cents": parse_money(segment["principal"]),
        }
        steps.append(Step(StepKind.SEGMENT, parse_money(segment["amount"]), values))
    return Derivation(tuple(steps), tuple(used.values()))


def _rate_table(country: str, question: Question) -> str:
    """The table of base rates this interest rests on; empty for fixed rates."""
    fixed = question.get("rate_percent") is not None
    if country == "de" and not fixed:
        return "de_base_rate"
    if country == "at" and not fixed and question.get("debtor") != "consumer":
        return "at_half_year_base"
    return ""


def _base_rate(country: str, question: Question, answer: Answer) -> Derivation:
    table = "de_base_rate" if country == "de" else "at_base_rate"
    row = next(row for row in rows(table) if row["valid_from"] == answer["valid_from"])
    return Derivation((), (_origin(table, row, f"{row['rate_percent']} %"),))


def _value_steps(law: Literal["rvg", "gkg"], value_cents: int, day: date) -> Iterator[Step]:
    table = de_fees.table_on(law, day)
    for step, count, cents in table.stretches(value_cents):
        first = step is table.steps[0]
        values = {
            "count": count,
            "step_cents": 0 if first else step.step_cents,
            "each_cents": step.amount_cents,
            "up_to_cents": step.up_to_cents or 0,
        }
        yield Step(StepKind.VALUE_FEE, cents, values)
    yield Step(StepKind.SINGLE_FEE, table.of(value_cents), {})


def _value_origin(law: str, day: date) -> Origin:
    row = in_force("de_value_fees", day, law=law)[0]
    return _origin("de_value_fees", row, law.upper())


def _amounts(day: date, *items: str) -> tuple[Origin, ...]:
    found = [in_force("de_fee_amounts", day, item=item)[0] for item in items]
    return tuple(_origin("de_fee_amounts", row, f"{row['value']} {_UNITS[row['unit']]}".strip()) for row in found)


_UNITS = {"eur": "EUR", "percent": "%", "times": "×"}


def _times(single_cents: int, rate: Fraction, cents: int) -> list[Step]:
    steps = [Step(StepKind.RATE, round_half_up(single_cents * rate), {"rate": rate, "single_cents": single_cents})]
    return steps if steps[0].cents == cents else [*steps, Step(StepKind.LEAST, cents, {})]


def _rvg_fee(country: str, question: Question, answer: Answer) -> Derivation:
    value_cents, day = parse_money(str(question["value"])), _day(question, "on")
    steps = [*_value_steps("rvg", value_cents, day)]
    rate = Fraction(Decimal(str(question.get("rate") or "1")))
    times = _times(steps[-1].cents, rate, parse_money(str(answer["fee"])))
    least = _amounts(day, "fee_minimum") if len(times) > 1 else ()
    return Derivation((*steps, *times), (_value_origin("rvg", day), *least))


def _court_fee(country: str, question: Question, answer: Answer) -> Derivation:
    value_cents, day = parse_money(str(question["value"])), _day(question, "filed_on")
    fee = str(answer["fee"])
    if country == "de":
        item = str(question["procedure"])
        steps = [*_value_steps("gkg", value_cents, day)]
        times = _times(steps[-1].cents, de_fees.amount(f"{item}_rate", day), parse_money(fee))
        least = _amounts(day, f"{item}_minimum") if len(times) > 1 else ()
        return Derivation((*steps, *times), (_value_origin("gkg", day), *_amounts(day, f"{item}_rate"), *least))
    table, column, wanted = {
        "at": ("at_court_fees", "fee_eur", {}),
        "ch": ("ch_enforcement_fees", "fee_chf", {"item": "payment_order"}),
    }[country]
    row = next(row for row in in_force(table, day, **wanted) if parse_money(row[column]) == parse_money(fee))
    return Derivation((), (_origin(table, row, fee),))


def _costs(country: str, question: Question, answer: Answer) -> Derivation:
    day, value_cents = _day(question, "mandate_on"), parse_money(str(question["value"]))
    by_others = question.get("contractor") != Contractor.CREDITOR
    if country == "at" and by_others:
        processing = [row for row in in_force("at_collection_fees", day) if _reaches(row, value_cents)]
        index = in_force("at_fee_index", day)[0]
        used = [_origin("at_collection_fees", row, row["percent"] + " %" if row["percent"] else row["amount_eur"]) for row in processing]
        return Derivation((), (*used, _origin("at_fee_index", index, index["factor"])))
    if country != "de" or not by_others:
        lump = _amounts(day, "lump_sum") if country == "de" and answer["lump_sum"] != "0.00" else ()
        return Derivation((), lump)
    undisputed = question.get("undisputed") is not False
    small = undisputed and value_cents <= de_costs.SMALL_CLAIM_CENTS and day >= de_costs.SMALL_CLAIM_FEE_SINCE
    if small:
        first = _amounts(day, "small_claim_fee")[0]
        single_cents = round_half_up(de_fees.amount("small_claim_fee", day))
        steps = [Step(StepKind.SINGLE_FEE, single_cents, {})]
    else:
        first = _value_origin("rvg", day)
        steps = [*_value_steps("rvg", value_cents, day)]
    item = "rate_disputed" if not undisputed else "rate_simple" if question.get("settled_on_first_letter") else "rate_undisputed"
    named = question.get("rate")
    rate = Fraction(Decimal(str(named))) if named is not None else de_fees.amount(item, day)
    items = [] if named is not None else [item]
    items += ["expenses_share", "expenses_highest"] if question.get("expenses_flat") is not False else []
    items += ["instalment_value_share", "instalment_rate"] if question.get("instalment_agreement") else []
    items += ["vat"] if question.get("vat") else []
    items += ["lump_sum"] if answer["lump_sum"] != "0.00" else []
    times = _times(steps[-1].cents, rate, parse_money(str(answer["fee"])))
    return Derivation((*steps, *times), (first, *_amounts(day, *items)))


def _reaches(row: Row, value_cents: int) -> bool:
    upper = row["claim_up_to_eur"]
    return parse_money(row["claim_above_eur"]) < value_cents and (not upper or value_cents <= parse_money(upper))


def _attachable(country: str, question: Question, answer: Answer) -> Derivation:
    day = _day(question, "on")
    if country == "at":
        row = in_force("at_exempt_income", day)[0]
        return Derivation((), (_origin("at_exempt_income", row, row["reference_eur"]),))
    period = Period(str(question.get("period") or Period.MONTH))
    row = in_force("de_exempt_income", day, period=period.value)[0]
    base, first, further, cap = (parse_money(row[f"{name}_eur"]) for name in ("base", "first_dependant", "further_dependant", "cap"))
    net_cents, counted = parse_money(str(question["net"])), min(int(str(question.get("dependants") or 0)), 5)
    size = de_exempt.STEP_CENTS[period]
    stepped = min(net_cents, cap) // size * size
    others = max(0, counted - 1)
    free = base + first * min(counted, 1) + further * others
    tenths, over = de_exempt.TENTHS_ATTACHABLE[counted], max(0, stepped - free)
    steps = [
        Step(StepKind.STEPPED_INCOME, stepped, {"net_cents": min(net_cents, cap), "step_cents": size}),
        Step(
            StepKind.FREE, free, {"base_cents": base, "first_cents": first * min(counted, 1), "further_cents": further, "further": others}
        ),
        Step(StepKind.SHARE, round_half_up(Fraction(over * tenths, 10)), {"tenths": tenths, "over_cents": over}),
    ]
    if net_cents > cap:
        steps.append(Step(StepKind.OVER_CAP, net_cents - cap, {"cap_cents": cap}))
    return Derivation(tuple(steps), (_origin("de_exempt_income", row, row["base_eur"]),))
