"""How numbers and names come to look on a bank statement: what people and banks do to them, one habit a function."""

from __future__ import annotations

import random
from typing import Final

from kulanz.world.names import ORIGINS, TITLES
from kulanz.world.people import Person

_SPREAD: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_NAME_ON_STATEMENT_MAX: Final = 70
_WRAP: Final = 27


def blanks(stream: random.Random, number: str) -> str:
    """Blanks and other separators where none belong, or none where some do."""
    match stream.randrange(5):
        case 0:
            return number.replace("-", " ").replace("/", " ")
        case 1:
            return number.replace("-", " - ").replace("/", " / ")
        case 2:
            return " ".join(number[at : at + 3] for at in range(0, len(number), 3))
        case 3:
            return number.lower().replace("-", ".").replace("/", "-")
        case _:
            at = stream.randrange(1, len(number))
            return f"{number[:at]} {number[at:]}"


def wrapped(text: str) -> str:
    """A blank after every 27 characters, as banks break the lines of a purpose."""
    return " ".join(text[at : at + _WRAP] for at in range(0, len(text), _WRAP))


def merged(stream: random.Random, number: str, customer: str) -> str:
    """The number run together with what stands beside it."""
    plain = number.replace("-", "").replace("/", "")
    return stream.choice(
        (
            f"Rechnung{number}",
            f"RE{plain}KD{customer}",
            f"{plain}vom0301",
            f"Kd{customer}Rg{number}danke",
            f"RNr{plain}{customer}",
            f"{number}{customer}",
        )
    )


def mistype(stream: random.Random, number: str, slips: int) -> str:
    """So many slips of the finger among the digits: a wrong one, two swapped, one missing, one too many."""
    text = number
    while slips:
        places = [at for at, letter in enumerate(text) if letter.isdigit()][-9:]
        at = stream.choice(places)
        match stream.randrange(5):
            case 0 if at + 1 < len(text) and text[at + 1].isdigit() and text[at + 1] != text[at]:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at] + text[at] + text[at:]
            case _:
                text = text[:at] + str((int(text[at]) + stream.randint(1, 9)) % 10) + text[at + 1 :]
        slips -= 1
    return text


def name_of(stream: random.Random, person: Person) -> str:
    """The payer's name as the bank has it."""
    if person.company_name:
        name = person.company_name
        written = stream.choice((name, name, name.upper(), name.translate(_SPREAD), name.replace(" & ", " u. "), name.replace(".", "")))
        return written[:_NAME_ON_STATEMENT_MAX]
    given, family = person.given_name, person.family_name
    match stream.randrange(12):
        case 0:
            return f"{family}, {given}"
        case 1:
            return f"{family} {given}".upper()
        case 2:
            return f"{given} {family}".translate(_SPREAD)
        case 3:
            return f"{given} {family}".translate(_SPREAD).upper()
        case 4:
            return f"{given} und {stream.choice(ORIGINS['german'].women)} {family}"
        case 5:
            return f"{stream.choice(TITLES)} {given} {family}"
        case 6:
            return f"{given} {stream.choice(ORIGINS['german'].men)} {family}"
        case _:
            return f"{given} {family}"


def stranger(stream: random.Random) -> str:
    """Somebody with a name as common as the customers'."""
    origin = ORIGINS["german"]
    return f"{stream.choice(origin.women + origin.men)} {stream.choice(origin.families)}"
