"""The law of Germany: BGB, ZPO, RDG, RVG, GKG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kulanz.law.costs import CollectionCosts, CostsQuestion
from kulanz.law.courts import Court, Seat
from kulanz.law.de import allocation, costs, court, default, exempt, fees, interest, limitation, paragraphs, reminders
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.duties import Duty, Occasion, information_duties
from kulanz.law.exempt import Exempt, Period
from kulanz.law.fees import Fee
from kulanz.law.interest import InterestTerms
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.law.limitation import Limitation, LimitationEvent
from kulanz.law.rates import BaseRate
from kulanz.law.reminders import ReminderQuestion


class Germany(Jurisdiction):
    """The verbs of `Jurisdiction`, each answered by one file of this folder."""

    country = "de"
    name = "Deutschland"
    currency = "EUR"
    interest_rules = interest.RULES
    schemes = allocation.SCHEMES
    grounds = paragraphs.GROUNDS

    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        return default.default_start(facts)

    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        return InterestTerms(margin_bp=interest.statutory_margin_bp(consumer=consumer, arose_on=arose_on))

    def interest_rule(self, terms: InterestTerms, *, consumer: bool, arose_on: date | None = None) -> str:
        return paragraphs.interest_rule(terms, self.rate_origin(terms, consumer=consumer, arose_on=arose_on), consumer=consumer)

    def base_rate(self, day: date) -> BaseRate:
        return interest.base_rate(day)

    def reminder_fee(self, question: ReminderQuestion) -> Fee:
        return reminders.reminder_fee(question)

    def collection_costs(self, question: CostsQuestion) -> CollectionCosts:
        return costs.collection_costs(question)

    def lawyer_fee(self, value_cents: int, mandate_on: date, rate: Decimal) -> Fee:
        return fees.rvg_fee(value_cents, mandate_on, rate)

    def court_fee(self, value_cents: int, filed_on: date, procedure: str) -> Fee:
        return fees.court_fee(value_cents, filed_on, procedure)

    def exempt_income(self, net_cents: int, dependants: int, day: date, period: Period, *, special_payments: bool = True) -> Exempt:
        return exempt.attachable(net_cents, dependants, day, period)

    def limitation(self, kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
        return limitation.limitation(kind, arose_on, known_on, events)

    def dunning_court(self, seat: Seat) -> Court:
        return court.dunning_court(seat)

    def information_duties(self, occasion: Occasion) -> tuple[Duty, ...]:
        return information_duties("de_information_duties", occasion)


GERMANY = Germany()
