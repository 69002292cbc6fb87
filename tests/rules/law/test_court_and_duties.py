"""The competent dunning court, the holidays behind deadlines, and what a debtor must be told."""

from __future__ import annotations

import gzip
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from kulanz.law import jurisdiction
from kulanz.law.courts import Seat
from kulanz.law.duties import Occasion
from kulanz.law.errors import InvalidQuestion, KulanzError, NotVerified, UnknownRegion
from kulanz.law.holidays import REGIONS, holidays_of
from tests.rules.law.facts import FACTS

DE, AT = jurisdiction("de"), jurisdiction("at")

COURTS = {
    "BW": "AG Stuttgart", "BY": "AG Coburg", "BE": "AG Wedding", "BB": "AG Wedding", "HB": "AG Bremen", "HH": "AG Hamburg-Altona",
    "MV": "AG Hamburg-Altona", "HE": "AG Hünfeld", "NI": "AG Uelzen", "RP": "AG Mayen", "SL": "AG Mayen", "SN": "AG Aschersleben",
    "ST": "AG Aschersleben", "TH": "AG Aschersleben", "SH": "AG Schleswig", "abroad": "AG Wedding",
}  # fmt: skip


@pytest.mark.parametrize(("land", "court"), COURTS.items())
def test_each_land_has_its_dunning_court(land: str, court: str) -> None:
    assert DE.dunning_court(Seat(region=land)).court == court


@pytest.mark.parametrize(
    ("olg", "court"), [("Hamm", "AG Hagen"), ("OLG Düsseldorf", "AG Hagen"), ("koeln", "AG Euskirchen"), ("Köln", "AG Euskirchen")]
)
def test_north_rhine_westphalia_has_two(olg: str, court: str) -> None:
    assert DE.dunning_court(Seat(region="nw", higher_regional_court=olg)).court == court


@pytest.mark.parametrize("seat", [Seat(region="NW"), Seat(postcode="50667"), Seat(region="NW", higher_regional_court="Mainz")])
def test_north_rhine_westphalia_without_its_higher_regional_court_is_asked_back(seat: Seat) -> None:
    with pytest.raises(InvalidQuestion, match="zwei Mahngerichte"):
        DE.dunning_court(seat)


@pytest.mark.parametrize(
    ("postcode", "court"),
    [("80331", "AG Coburg"), ("10115", "AG Wedding"), ("01067", "AG Aschersleben"), ("27568", "AG Bremen"), ("99998", "AG Aschersleben")],
)
def test_a_postcode_names_the_land(postcode: str, court: str) -> None:
    assert DE.dunning_court(Seat(postcode=postcode)).court == court


@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (Seat(), InvalidQuestion),
        (Seat(postcode="1234"), InvalidQuestion),
        (Seat(postcode="٠١٢٣٤"), InvalidQuestion),
        (Seat(postcode="07919"), NotVerified),  # lies in two Länder
        (Seat(postcode="00000"), NotVerified),
        (Seat(region="XX"), UnknownRegion),
    ],
)
def test_a_seat_that_names_no_land_is_an_error(seat: Seat, error: type[KulanzError]) -> None:
    with pytest.raises(error):
        DE.dunning_court(seat)


def test_postcodes_of_places_agree_with_a_public_gazetteer() -> None:
    path = FACTS.parent / "data" / "reference" / "postcodes_de.csv.gz"
    if not Path(path).exists():
        pytest.skip("the gazetteer is not beside the project")
    from kulanz.law.de.court import land_of

    states = {
        "Baden-Württemberg": "BW", "Bayern": "BY", "Berlin": "BE", "Brandenburg": "BB", "Bremen": "HB", "Hamburg": "HH", "Hessen": "HE",
        "Mecklenburg-Vorpommern": "MV", "Niedersachsen": "NI", "Nordrhein-Westfalen": "NW", "Rheinland-Pfalz": "RP", "Saarland": "SL",
        "Sachsen": "SN", "Sachsen-Anhalt": "ST", "Schleswig-Holstein": "SH", "Thüringen": "TH",
    }  # fmt: skip
    lands = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.split(",")
            if cells[3] in states and len(cells[1]) == 5:
                lands[cells[1]].append(states[cells[3]])
    refused = wrong = 0
    for postcode, listed in lands.items():
        try:
            wrong += land_of(postcode) not in listed
        except (InvalidQuestion, NotVerified):
            refused += 1
    # The gazetteer lists some companies' own postcodes at the company's seat instead of where the region is; nothing else may differ.
    assert wrong / len(lands) < 0.01
    assert refused / len(lands) < 0.15


def test_the_courts_have_no_other_land_than_the_holidays_know() -> None:
    assert {*REGIONS["de"]} == {*COURTS, "NW"} - {"abroad"}


def test_the_first_letter_has_eight_duties_in_the_order_of_the_law() -> None:
    duties = DE.information_duties(Occasion.FIRST_LETTER)
    assert [duty.rule for duty in duties] == [f"§ 13a Abs. 1 Nr. {number} RDG" for number in range(1, 9)]
    assert all(duty.text for duty in duties)
    assert {occasion: len(DE.information_duties(occasion)) for occasion in Occasion} == {
        Occasion.FIRST_LETTER: 8,
        Occasion.ON_REQUEST: 2,
        Occasion.INSTALMENT_AGREEMENT: 1,
        Occasion.ACKNOWLEDGEMENT: 3,
    }


def test_holidays_depend_on_the_land() -> None:
    assert DE.is_holiday(date(2026, 6, 4), "NW")
    assert not DE.is_holiday(date(2026, 6, 4), "BE")
    assert DE.is_holiday(date(2026, 8, 8), "BY")  # the peace festival of Augsburg: the municipality is not known
    assert not DE.is_holiday(date(2026, 8, 8), "BW")
    assert DE.is_holiday(date(2026, 6, 4), "TH")  # Corpus Christi in some municipalities
    assert DE.next_working_day(date(2026, 4, 3), "BE") == date(2026, 4, 7)
    assert not DE.is_working_day(date(2026, 4, 4), "BE")


def test_an_unknown_land_has_the_holidays_of_all() -> None:
    everywhere = holidays_of("de", "", 2026)
    assert all(holidays_of("de", land, 2026) <= everywhere for land in REGIONS["de"])
    assert len(holidays_of("de", "BE", 2026)) == 10
    assert len(holidays_of("at", "9", 2026)) == 13
    with pytest.raises(UnknownRegion):
        AT.is_holiday(date(2026, 1, 1), "BY")
