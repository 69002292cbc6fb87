"""The law of Austria: ABGB, UGB, KSchG, GGG, EO. Facts of July 2025; what was not seen since raises `NotVerified`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kulanz.law.at import allocation, costs, court, default, exempt, interest, limitation
from kulanz.law.costs import CollectionCosts, CostsQuestion
from kulanz.law.courts import Court, Seat
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.duties import Duty, Occasion
from kulanz.law.errors import NotInThisCountry, NotVerified
from kulanz.law.exempt import Exempt, Period
from kulanz.law.fees import Fee
from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.interest import InterestTerms
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.law.limitation import Limitation, LimitationEvent
from kulanz.law.rates import BaseRate
from kulanz.law.reminders import ReminderQuestion


class Austria(Jurisdiction):
    """The verbs of `Jurisdiction`, each answered by one file of this folder."""

    country = "at"
    name = "Österreich"
    currency = "EUR"
    interest_rules = interest.RULES
    schemes = allocation.SCHEMES
    grounds = {Ground.DEFAULT: "§ 1334 ABGB", Ground.PAID: allocation.GENERAL.rule, Ground.SEVERAL_PAID: allocation.GENERAL.rule}

    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        return default.default_start(facts)

    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        return interest.interest_terms(consumer=consumer, arose_on=arose_on)

    def agreed_terms(self, rate_bp: int, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        """Between businesses as agreed. A consumer's clause can be void (§ 6 (1) no. 13 KSchG), so four percent or less."""
        if consumer and rate_bp > interest.CONSUMER_RATE_BP:
            raise NotVerified(
                "Ein vereinbarter Zins über 4 % kann bei Verbrauchern unwirksam sein (§ 6 Abs. 1 Z 13 KSchG).",
                fix="Bitte die Klausel prüfen lassen; bis dahin gelten die gesetzlichen 4 %.",
            )
        return super().agreed_terms(rate_bp, consumer=consumer, arose_on=arose_on)

    def interest_rule(self, terms: InterestTerms, *, consumer: bool, arose_on: date | None = None) -> str:
        if self.rate_origin(terms, consumer=consumer, arose_on=arose_on) is RateOrigin.AGREED:
            return ""
        return "§§ 1000, 1333 ABGB" if terms.fixed_bp is not None else "§ 456 UGB"

    def base_rate(self, day: date) -> BaseRate:
        return interest.base_rate(day)

    def reminder_fee(self, question: ReminderQuestion) -> Fee:
        return costs.reminder_fee(question)

    def collection_costs(self, question: CostsQuestion) -> CollectionCosts:
        return costs.collection_costs(question)

    def lawyer_fee(self, value_cents: int, mandate_on: date, rate: Decimal) -> Fee:
        raise NotInThisCountry("Die Gebührentabelle des RVG gilt nur in Deutschland.")

    def court_fee(self, value_cents: int, filed_on: date, procedure: str) -> Fee:
        return court.court_fee(value_cents, filed_on, procedure)

    def exempt_income(self, net_cents: int, dependants: int, day: date, period: Period, *, special_payments: bool = True) -> Exempt:
        return exempt.attachable(net_cents, dependants, day, period, special_payments=special_payments)

    def limitation(self, kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
        return limitation.limitation(kind, arose_on, known_on, events)

    def dunning_court(self, seat: Seat) -> Court:
        raise NotVerified("Das für einen Zahlungsbefehl örtlich zuständige Gericht ist für Österreich nicht geprüft.")

    def information_duties(self, occasion: Occasion) -> tuple[Duty, ...]:
        raise NotVerified("Ob Österreich Informationspflichten wie § 13a RDG kennt, ist nicht geprüft.")


AUSTRIA = Austria()
