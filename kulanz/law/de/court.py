"""The competent central dunning court (§ 689 ZPO): where the creditor sits decides."""

from __future__ import annotations

from kulanz.law.courts import Court, Seat
from kulanz.law.errors import InvalidQuestion, NotVerified, UnknownRegion
from kulanz.law.tables import rows

RULE = "§ 689 Abs. 2 und 3 ZPO: allgemeiner Gerichtsstand des Antragstellers"


def dunning_court(seat: Seat) -> Court:
    """The court for a creditor by Land ("BW" … "TH", or "abroad") or by postcode.

    North Rhine-Westphalia has two courts: there the higher regional court ("Hamm", "Düsseldorf", "Köln") is needed.
    """
    known = seat.region or land_of(seat.postcode)
    candidates = [row for row in rows("de_dunning_courts") if row["land"].lower() == known.lower()]
    if not candidates:
        raise UnknownRegion(f"„{known}“ ist kein bekanntes Bundesland.", fix="BW bis TH, oder abroad für das Ausland.")
    if len(candidates) == 1:
        return Court(candidates[0]["court"], RULE)
    wanted = seat.higher_regional_court.lower().removeprefix("olg ")
    wanted = wanted.replace("duesseldorf", "düsseldorf").replace("koeln", "köln")
    for row in candidates:
        if row["higher_regional_court"] == wanted:
            return Court(row["court"], f"{RULE}; Bezirk des OLG {wanted.capitalize()}")
    raise InvalidQuestion(
        "In Nordrhein-Westfalen gibt es zwei Mahngerichte; maßgeblich ist das Oberlandesgericht.",
        fix="Bitte higher_regional_court angeben: Hamm oder Düsseldorf (AG Hagen), Köln (AG Euskirchen).",
    )


def land_of(postcode: str) -> str:
    """The Land of a German postcode. Only regions that lie in one Land are listed; for any other postcode the Land is asked."""
    if not (len(postcode) == 5 and postcode.isascii() and postcode.isdigit()):
        raise InvalidQuestion("Eine deutsche Postleitzahl hat fünf Ziffern; sonst bitte das Land angeben.")
    for row in rows("de_postcodes"):
        if row["from_postcode"] <= postcode <= row["to_postcode"]:
            return row["land"]
    raise NotVerified(
        f"Die Region der Postleitzahl {postcode} reicht in mehrere Länder oder ist nicht verzeichnet.", fix="Bitte das Land angeben."
    )
