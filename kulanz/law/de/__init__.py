"""The law of Germany."""

from __future__ import annotations

from datetime import date

from kulanz.law.de import allocation, default, interest
from kulanz.law.default import DefaultFacts, DefaultStart
from kulanz.law.interest import InterestTerms
from kulanz.law.jurisdiction import Jurisdiction


class Germany(Jurisdiction):
    """BGB, ZPO, RDG, RVG, GKG."""

    country = "de"
    name = "Deutschland"
    interest_rules = interest.RULES
    schemes = allocation.SCHEMES

    def default_start(self, facts: DefaultFacts) -> DefaultStart:
        return default.default_start(facts)

    def interest_terms(self, *, consumer: bool, arose_on: date | None = None) -> InterestTerms:
        return InterestTerms(margin_bp=interest.statutory_margin_bp(consumer=consumer, arose_on=arose_on))


GERMANY = Germany()
