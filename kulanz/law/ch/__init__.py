"""The law of Switzerland: OR, SchKG and its fee ordinance. Five percent for everybody, 30/360, no agency costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kulanz.law.ch import allocation, costs, default, limitation
from kulanz.law.costs import CollectionCosts, CostsQuestion
from kulanz.law.courts import Court, Seat
from kulanz.law.days import DayCount
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.duties import Duty, Occasion
from kulanz.law.errors import NotInThisCountry
from kulanz.law.exempt import Exempt, Period
from kulanz.law.fees import Fee
from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.interest import InterestRules, InterestTerms
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.law.limitation import Limitation, LimitationEvent
from kulanz.law.rates import BaseRate
from kulanz.law.reminders import ReminderQuestion

STATUTORY_RATE_BP = 500


class Switzerland(Jurisdiction):
    """The verbs of `Jurisdiction`, each answered here or by one file of this folder."""

    country = "ch"
    name = "Schweiz"
    currency = "CHF"
    interest_rules = InterestRules(rates=None, half_yearly_lines=False)
    schemes = allocation.SCHEMES
    grounds = {Ground.DEFAULT: "Art. 102 OR", Ground.PAID: allocation.GENERAL.rule, Ground.SEVERAL_PAID: allocation.GENERAL.rule}

    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        return default.default_start(facts)

    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        """Five percent for everybody (Art. 104 (1) OR), by the practice of 30-day months."""
        return InterestTerms(fixed_bp=STATUTORY_RATE_BP, day_count=DayCount.THIRTY_E_360)

    def interest_rule(self, terms: InterestTerms, *, consumer: bool, arose_on: date | None = None) -> str:
        agreed = self.rate_origin(terms, consumer=consumer, arose_on=arose_on) is RateOrigin.AGREED
        return "Art. 104 Abs. 2 OR" if agreed else "Art. 104 Abs. 1 OR"

    def base_rate(self, day: date) -> BaseRate:
        raise NotInThisCountry("Die Schweiz kennt keinen Basiszinssatz; der Verzugszins beträgt 5 % (Art. 104 OR).")

    def reminder_fee(self, question: ReminderQuestion) -> Fee:
        return costs.reminder_fee(question)

    def collection_costs(self, question: CostsQuestion) -> CollectionCosts:
        return costs.collection_costs(question)

    def lawyer_fee(self, value_cents: int, mandate_on: date, rate: Decimal) -> Fee:
        raise NotInThisCountry("Die Gebührentabelle des RVG gilt nur in Deutschland.")

    def court_fee(self, value_cents: int, filed_on: date, procedure: str) -> Fee:
        return costs.court_fee(value_cents, filed_on, procedure)

    def exempt_income(self, net_cents: int, dependants: int, day: date, period: Period, *, special_payments: bool = True) -> Exempt:
        raise NotInThisCountry("In der Schweiz setzt das Betreibungsamt das Existenzminimum im Einzelfall fest (Art. 93 SchKG).")

    def limitation(self, kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
        return limitation.limitation(kind, arose_on, known_on, events)

    def dunning_court(self, seat: Seat) -> Court:
        """No court: the enforcement office at the debtor's home or registered seat."""
        return Court("Betreibungsamt am Wohnsitz oder Sitz der Schuldnerin oder des Schuldners", "Art. 46 SchKG")

    def information_duties(self, occasion: Occasion) -> tuple[Duty, ...]:
        raise NotInThisCountry("Die Schweiz kennt keine Informationspflichten wie § 13a RDG.")


SWITZERLAND = Switzerland()
