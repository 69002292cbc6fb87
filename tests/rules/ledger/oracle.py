"""A naive account, written without looking at the product: it walks day by day and keeps every cent in plain dictionaries.

Slow and simple on purpose. Interest is counted day by day as fractions, rounded where the half-year, the calendar year or the principal
changes. It shares no code with `kulanz.law` or `kulanz.ledger`; the few base rates it needs stand here as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

BASE = {(2023, 1): 162, (2023, 2): 312, (2024, 1): 362, (2024, 2): 337, (2025, 1): 227, (2025, 2): 127, (2026, 1): 127, (2026, 2): 152}
FEES = ("dunning_fee", "collection_cost", "expense", "court_cost", "settlement_fee")
ONE = timedelta(days=1)


def cents(value: Fraction) -> int:
    """Round half up."""
    return int((value * 2 + 1) // 2)


@dataclass
class NaiveClaim:
    """One claim: what is open, how much interest was claimed, and the principal of every day so far."""

    due: date
    default: date | None
    margin: int | None
    open: dict[str, int] = field(default_factory=dict)
    claimed: int = 0
    opened: bool = False
    by_day: dict[date, int] = field(default_factory=dict)
    walked: date | None = None
    today: int = 0
    key: tuple[tuple[int, int], int] | None = None
    days: int = 0
    total: int = 0

    def add(self, part: str, amount: int) -> None:
        self.open[part] = self.open.get(part, 0) + amount

    def interest_before(self, day: date) -> int:
        """Interest of all days before `day`, rounded per stretch of equal principal inside a half-year. Days are walked once."""
        if self.default is None or self.margin is None or not self.by_day:
            return 0
        if self.walked is None:
            self.walked = min(*self.by_day, self.default)
        while self.walked < day:
            self.walk_one(self.walked)
            self.walked += ONE
        return self.total + self.stretch_cents()

    def walk_one(self, day: date) -> None:
        self.today = self.by_day.get(day, self.today)
        half = (day.year, 1 if day.month <= 6 else 2)
        bears = self.today > 0 and self.default is not None and day >= self.default
        key = (half, self.today) if bears else None
        if key != self.key:
            self.total, self.days, self.key = self.total + self.stretch_cents(), 0, key
        self.days += 1

    def stretch_cents(self) -> int:
        if self.key is None or self.margin is None:
            return 0
        (year, half), principal = self.key
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return cents(Fraction(principal * (BASE[year, half] + self.margin) * self.days, 10_000 * (366 if leap else 365)))


class NaiveAccount:
    """All claims of one case, told fact after fact in order of their days."""

    def __init__(self, claims: dict[int, NaiveClaim]) -> None:
        self.claims = claims
        self.paid: dict[str, list[tuple[int, str, int]]] = {}

    def principal_stands(self, day: date) -> None:
        for claim in self.claims.values():
            if claim.opened:
                claim.by_day[day] = claim.open.get("principal", 0)

    def tell(self, kind: str, day: date, number: int, amount: int, part: str, key: str, of: str, choice: tuple[int, ...]) -> None:
        if kind == "opened":
            self.claims[number].opened = True
            self.claims[number].add("principal", amount)
        elif kind == "charge":
            self.claims[number].add(part, amount)
        elif kind == "credit_note":
            gone = max(0, min(amount, self.claims[number].open.get("principal", 0)))
            self.claims[number].add("principal", -gone)
            self.claims[number].add("overpaid", gone - amount)
        elif kind == "waiver":
            if part == "interest":
                self.claim_interest(self.claims[number], day)
            self.claims[number].add(part, -max(0, min(amount, self.claims[number].open.get(part, 0))))
        elif kind == "write_off":
            self.claim_interest(self.claims[number], day)
            for name in (*FEES, "interest", "principal"):
                if self.claims[number].open.get(name, 0) > 0:
                    self.claims[number].open[name] = 0
        elif kind == "payment":
            self.pay(day, amount, key, choice)
        elif kind == "chargeback":
            for back, name, gone in self.paid.get(of, []):
                if name == "overpaid":
                    still = min(gone, -self.claims[back].open.get("overpaid", 0))
                    self.claims[back].add("overpaid", still)
                    self.claims[back].add("expense", gone - still)
                else:
                    self.claims[back].add(name, gone)
        elif kind == "refund":
            back_cents = min(amount, -self.claims[number].open.get("overpaid", 0))
            self.claims[number].add("overpaid", back_cents)
        self.principal_stands(day)

    def claim_interest(self, claim: NaiveClaim, day: date) -> None:
        now = claim.interest_before(day)
        claim.add("interest", now - claim.claimed)
        claim.claimed = now

    def pay(self, day: date, amount: int, key: str, choice: tuple[int, ...]) -> None:
        ran = {number: (claim.open.get("interest", 0), claim.claimed) for number, claim in self.claims.items()}
        for claim in self.claims.values():
            self.claim_interest(claim, day)
        parts: list[tuple[int, str, int]] = []
        for number in choice:
            amount = self.settle(number, amount, parts)
        rest = [number for number, claim in self.claims.items() if claim.opened and number not in choice]

        def rank(number: int) -> tuple[bool, int, date]:
            claim = self.claims[number]
            return claim.due > day, -(claim.margin or 0), claim.due

        for place in sorted({rank(number) for number in rest}):
            equals = [number for number in rest if rank(number) == place]
            owed = {number: self.owed(number) for number in equals}
            spend = min(amount, sum(owed.values()))
            amount -= spend
            for number, share in self.shares(spend, owed).items():
                self.settle(number, share, parts)
        for number in set(ran) - {number for number, _, _ in parts}:  # nothing reached it: its interest stays unclaimed
            self.claims[number].open["interest"], self.claims[number].claimed = ran[number]
        if amount:
            opened = [(claim.due, number) for number, claim in self.claims.items() if claim.opened]
            last = max(opened)[1]
            self.claims[last].add("overpaid", -amount)
            parts.append((last, "overpaid", amount))
        self.paid[key] = parts

    def owed(self, number: int) -> int:
        return sum(max(0, self.claims[number].open.get(name, 0)) for name in (*FEES, "interest", "principal"))

    def settle(self, number: int, amount: int, parts: list[tuple[int, str, int]]) -> int:
        for name in (*FEES, "interest", "principal"):
            gone = min(amount, max(0, self.claims[number].open.get(name, 0)))
            if gone:
                self.claims[number].add(name, -gone)
                parts.append((number, name, gone))
                amount -= gone
        return amount

    @staticmethod
    def shares(spend: int, owed: dict[int, int]) -> dict[int, int]:
        """In proportion, whole cents; left-over cents to the largest remainders, earlier claims first."""
        whole = sum(owed.values())
        if not whole:
            return {}
        exact = {number: Fraction(spend * part, whole) for number, part in owed.items()}
        given = {number: int(share) for number, share in exact.items()}
        order = sorted(exact, key=lambda number: -(exact[number] - given[number]))
        for number in order[: spend - sum(given.values())]:
            given[number] += 1
        return given
