"""Towns of every German Land with postcodes that belong to them, so that holidays and letters look right."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A town with one of its postcodes."""

    land: str
    postcode: str
    city: str


_PEOPLE: Final = {
    "BW": 11.3, "BY": 13.4, "BE": 3.8, "BB": 2.6, "HB": 0.7, "HH": 1.9, "HE": 6.4, "MV": 1.6,
    "NI": 8.1, "NW": 18.1, "RP": 4.2, "SL": 1.0, "SN": 4.1, "ST": 2.2, "SH": 3.0, "TH": 2.1,
}  # fmt: skip
"""Inhabitants in millions, rounded: how often a Land is drawn."""


def _read() -> dict[str, tuple[Place, ...]]:
    with (Path(__file__).parent / "data" / "places.csv").open(encoding="utf-8", newline="") as file:
        places = [Place(row["land"], row["postcode"], row["city"]) for row in csv.DictReader(file)]
    return {land: tuple(place for place in places if place.land == land) for land in _PEOPLE}


PLACES: Final = _read()


def weights(home_land: str) -> dict[str, float]:
    """How often each Land occurs among the customers of a firm at home in `home_land`: half of them live there."""
    total = sum(_PEOPLE.values())
    return {land: people + (total if land == home_land else 0.0) for land, people in _PEOPLE.items()}
