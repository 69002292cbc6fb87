"""§§ 247, 288 BGB: the base rate and what default adds to it."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.interest import InterestRules
from kulanz.law.rates import BaseRate
from kulanz.law.tables import half_yearly_rates

RATES: Final = half_yearly_rates("de_base_rate")
RULES: Final = InterestRules(RATES)

CONSUMER_MARGIN_BP: Final = 500
BUSINESS_MARGIN_BP: Final = 900
BUSINESS_MARGIN_BEFORE_2014_BP: Final = 800
LAST_DAY_OF_OLD_BUSINESS_MARGIN: Final = date(2014, 7, 28)


def statutory_margin_bp(*, consumer: bool, arose_on: date | None) -> int:
    """Points over the base rate: 5 if a consumer is involved (§ 288 (1)), else 9 (§ 288 (2)).

    For obligations that arose up to 28 July 2014 it is 8 between businesses (Art. 229 § 34 EGBGB). Without that day the
    claim counts as younger.
    """
    if consumer:
        return CONSUMER_MARGIN_BP
    if arose_on is not None and arose_on <= LAST_DAY_OF_OLD_BUSINESS_MARGIN:
        return BUSINESS_MARGIN_BEFORE_2014_BP
    return BUSINESS_MARGIN_BP


def base_rate(day: date) -> BaseRate:
    """The base rate of the half-year a day lies in (§ 247 BGB)."""
    period = RATES.on(day)
    rule = "§ 247 BGB: Basiszinssatz der Deutschen Bundesbank"
    return BaseRate(period.basis_points, period.start, period.last_day, rule)
