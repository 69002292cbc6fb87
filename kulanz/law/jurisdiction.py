"""One country's law as one object. Every country answers the same verbs, so nothing outside this room asks "if
country".

A verb for something a country does not have raises `NotInThisCountry`; a fact nobody has checked yet `NotVerified`; a
day no table covers `OutsideTable`. None of them is ever answered with a guess.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from kulanz.law import holidays, interest
from kulanz.law.allocation import Allocation, Component, Debt, Scheme, allocate
from kulanz.law.costs import CollectionCosts, CostsQuestion
from kulanz.law.courts import Court, Seat
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.duties import Duty, Occasion
from kulanz.law.errors import NotInThisCountry
from kulanz.law.exempt import Exempt, Period
from kulanz.law.fees import Fee
from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.interest import Interest, InterestRules, InterestTerms
from kulanz.law.limitation import Limitation, LimitationEvent
from kulanz.law.rates import BaseRate
from kulanz.law.reminders import ReminderQuestion


class Jurisdiction(ABC):
    """What the law of a country says. Pure: no clock, no I/O besides the packaged tables; every day is an argument."""

    country: ClassVar[str]
    name: ClassVar[str]
    currency: ClassVar[str]
    interest_rules: ClassVar[InterestRules]
    schemes: ClassVar[Mapping[str, Scheme]]
    """Orders of allocation by key; the first is the country's general one."""
    grounds: ClassVar[Mapping[Ground, str]]
    """The paragraph a line of an account rests on; nothing is borrowed from another country's law."""

    @abstractmethod
    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        """When did default begin, when does interest begin, and why?"""

    @abstractmethod
    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        """The statutory rate for a claim, with the country's debtor-friendly choice for what no statute decides."""

    def agreed_terms(self, rate_bp: int, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        """The terms of a claim whose contract names a yearly rate. Raises `NotVerified` where a person must look at the clause first."""
        return InterestTerms(fixed_bp=rate_bp, day_count=self.interest_terms(consumer=consumer, arose_on=arose_on).day_count)

    @abstractmethod
    def interest_rule(self, terms: InterestTerms, *, consumer: bool, arose_on: date | None = None) -> str:
        """The paragraph a claim's interest rests on; empty where only the contract says so."""

    def rate_origin(self, terms: InterestTerms, *, consumer: bool, arose_on: date | None = None) -> RateOrigin:
        """Is the rate of these terms the law's, less than the law's, or agreed?"""
        statutory = self.interest_terms(consumer=consumer, arose_on=arose_on)
        for asked, lawful in ((terms.margin_bp, statutory.margin_bp), (terms.fixed_bp, statutory.fixed_bp)):
            if asked is not None and lawful is not None:
                return RateOrigin.STATUTORY if asked == lawful else RateOrigin.LOWER if asked < lawful else RateOrigin.AGREED
        return RateOrigin.AGREED

    @abstractmethod
    def base_rate(self, day: date) -> BaseRate:
        """The base rate on a day, and how long it holds."""

    @abstractmethod
    def reminder_fee(self, question: ReminderQuestion) -> Fee:
        """What the creditor's own reminder may cost the debtor."""

    @abstractmethod
    def collection_costs(self, question: CostsQuestion) -> CollectionCosts:
        """What collection by an agency or a lawyer out of court may cost the debtor."""

    @abstractmethod
    def lawyer_fee(self, value_cents: int, mandate_on: date, rate: Decimal) -> Fee:
        """A lawyer's fee by value."""

    @abstractmethod
    def court_fee(self, value_cents: int, filed_on: date, procedure: str) -> Fee:
        """The court's (or enforcement office's) fee for a `payment_order` or a `suit`."""

    @abstractmethod
    def exempt_income(self, net_cents: int, dependants: int, day: date, period: Period, *, special_payments: bool = True) -> Exempt:
        """How much of a net income is attachable. `special_payments`: a 13th and 14th pay (matters in Austria)."""

    @abstractmethod
    def limitation(self, kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
        """When a claim lapses, as a dated story. `arose_on`: the day it arose (Germany) or fell due."""

    @abstractmethod
    def dunning_court(self, seat: Seat) -> Court:
        """Where a court order to pay (or enforcement) is asked for."""

    @abstractmethod
    def information_duties(self, occasion: Occasion) -> tuple[Duty, ...]:
        """What a collector must tell a private person on an occasion."""

    def default_interest(self, history: Sequence[tuple[date, int]], first_day: date, last_day: date, terms: InterestTerms) -> Interest:
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

    @property
    def interest_before_principal(self) -> bool:
        """Does a payment on a single debt go to its interest first, then to its principal (§ 367 (1) BGB and what is like it)?"""
        order = next(iter(self.schemes.values())).components
        return order.index(Component.INTEREST) < order.index(Component.PRINCIPAL)

    def is_holiday(self, day: date, region: str = "") -> bool:
        """Is this a public holiday in the region; with region "", anywhere in the country?"""
        return holidays.is_holiday(self.country, region, day)

    def is_working_day(self, day: date, region: str = "") -> bool:
        """Neither Saturday, Sunday nor public holiday."""
        return holidays.is_working_day(self.country, region, day)

    def next_working_day(self, day: date, region: str = "") -> date:
        """The day itself if it is a working day, else the next that is."""
        return holidays.next_working_day(self.country, region, day)
