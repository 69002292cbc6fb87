"""One country's law as one object. Every country answers the same verbs, so nothing outside this room asks "if
country"."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from kulanz.law import holidays, interest
from kulanz.law.allocation import Allocation, Component, Debt, Scheme, allocate
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.errors import NotInThisCountry
from kulanz.law.interest import Interest, InterestRules, InterestTerms


class Jurisdiction(ABC):
    """What the law of a country says. Pure: no clock, no I/O besides the packaged tables; every day is an argument."""

    country: ClassVar[str]
    name: ClassVar[str]
    interest_rules: ClassVar[InterestRules]
    schemes: ClassVar[Mapping[str, Scheme]]
    """Orders of allocation by key; the first is the country's general one."""

    @abstractmethod
    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        """When did default begin, when does interest begin, and why?"""

    @abstractmethod
    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        """The statutory rate for a claim, with the country's debtor-friendly choice for what no statute decides."""

    def default_interest(
        self, history: Sequence[tuple[date, int]], first_day: date, last_day: date, terms: InterestTerms
    ) -> Interest:
        """Default interest with the lines that explain it; see `kulanz.law.interest.default_interest`."""
        return interest.default_interest(history, first_day, last_day, terms, self.interest_rules)

    def allocate(
        self,
        payment_cents: int,
        debts: Sequence[Debt],
        *,
        scheme: str = "",
        paid_on: date | None = None,
        debtor_choice: Sequence[str] = (),
        component_order: Sequence[Component] = (),
    ) -> Allocation:
        """Share a payment among debts by one of this country's schemes; see `kulanz.law.allocation.allocate`."""
        known = scheme or next(iter(self.schemes))
        if known not in self.schemes:
            raise NotInThisCountry(
                f"Die Anrechnung „{known}“ gibt es in {self.name} nicht.",
                fix=f"Möglich sind: {', '.join(self.schemes)}.",
            )
        return allocate(
            payment_cents,
            debts,
            self.schemes[known],
            paid_on=paid_on,
            debtor_choice=debtor_choice,
            component_order=component_order,
        )

    def is_holiday(self, day: date, region: str = "") -> bool:
        """Is this a public holiday in the region; with region "", anywhere in the country?"""
        return holidays.is_holiday(self.country, region, day)

    def is_working_day(self, day: date, region: str = "") -> bool:
        """Neither Saturday, Sunday nor public holiday."""
        return holidays.is_working_day(self.country, region, day)

    def next_working_day(self, day: date, region: str = "") -> date:
        """The day itself if it is a working day, else the next that is."""
        return holidays.next_working_day(self.country, region, day)
