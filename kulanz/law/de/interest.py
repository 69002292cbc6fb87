"""§§ 247, 288 BGB: the base rate and what default adds to it."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.interest import InterestRules
from kulanz.law.tables import half_yearly_rates

RULES: Final = InterestRules(half_yearly_rates("de_base_rate", "Basiszinssatz (§ 247 BGB)"))

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
