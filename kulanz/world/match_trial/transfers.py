"""The lines of the trial's bank file: what the bank shows, and beside it the truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kulanz.claims.references import spaced
from kulanz.world.dice import dice, pick
from kulanz.world.invoices import german_amount
from kulanz.world.match_trial.damage import blanks, merged, mistype, name_of, stranger, wrapped
from kulanz.world.match_trial.portfolio import Due, House, Owed
from kulanz.world.people import draw_iban

PURPOSE_MAX: Final = 140


class Damage(StrEnum):
    """What makes a line hard. One line has one of them; names are written in all the ways banks write them throughout."""

    CLEAN = "clean"
    BLANKS = "blanks"
    MERGED = "merged"
    ONE_TYPO = "one_typo"
    TWO_TYPOS = "two_typos"
    NO_NUMBER = "no_number"
    THIRD_PARTY = "third_party"
    COLLECTIVE = "collective"
    SEVERAL = "several_invoices"
    IN_PARTS = "in_parts"
    PART = "part"
    OVER = "over"
    FOREIGN = "foreign"


SHARES: Final = {
    Damage.CLEAN: 0.38,
    Damage.BLANKS: 0.11,
    Damage.MERGED: 0.05,
    Damage.ONE_TYPO: 0.05,
    Damage.TWO_TYPOS: 0.01,
    Damage.NO_NUMBER: 0.03,
    Damage.THIRD_PARTY: 0.06,
    Damage.COLLECTIVE: 0.02,
    Damage.SEVERAL: 0.06,
    Damage.IN_PARTS: 0.03,
    Damage.PART: 0.06,
    Damage.OVER: 0.03,
    Damage.FOREIGN: 0.10,
}
"""How often each occurs. Most people copy the number; the rest is what the desk of a creditor sees every day."""


@dataclass(frozen=True, slots=True)
class Share:
    """What of a transfer belongs to one case, and the invoices that were meant."""

    case_id: int
    claim_ids: frozenset[int]
    cents: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line to be, and whose money it is: nobody's if there are no shares."""

    damage: Damage
    account: str
    cents: int
    purpose: str
    name: str
    iban: str
    end_to_end: str = ""
    shares: tuple[Share, ...] = ()


def write_transfers(seed: int, lines: int, owed: Sequence[Owed]) -> list[Transfer]:
    """So many transfers (one or two more if the last one is paid in parts). Each case pays once, or in parts."""
    waiting = list(owed)
    dice(seed, "who pays").shuffle(waiting)
    several = [each for each in waiting if len(each.dues) > 1]
    taken: set[int] = set()
    transfers: list[Transfer] = []
    number = 0
    while len(transfers) < lines:
        number += 1
        stream = dice(seed, "transfer", number)
        damage = pick(SHARES, stream.random())
        if damage is Damage.FOREIGN:
            transfers.append(_foreign(stream, owed))
            continue
        who = _next(several if damage is Damage.SEVERAL else waiting, taken)
        if damage is Damage.COLLECTIVE:
            others = [_next_of(who.house, waiting, taken) for _ in range(stream.randint(1, 5))]
            transfers.append(_collective(stream, [who, *others]))
        else:
            transfers += _WRITERS[damage](stream, who)
    return transfers


def _next(waiting: list[Owed], taken: set[int]) -> Owed:
    while True:
        one = waiting.pop()
        if one.case_id not in taken:
            taken.add(one.case_id)
            return one


def _next_of(house: House, waiting: list[Owed], taken: set[int]) -> Owed:
    at = next(at for at in range(len(waiting) - 1, -1, -1) if waiting[at].house is house and waiting[at].case_id not in taken)
    one = waiting.pop(at)
    taken.add(one.case_id)
    return one


def _cents(stream: random.Random, dues: Sequence[Due]) -> int:
    """What the invoices said, or, every third time, what the last letter asked for with interest."""
    return sum(due.letter_cents for due in dues) if stream.random() < 0.33 else sum(due.cents for due in dues)


def _sentence(stream: random.Random, number: str, who: Owed) -> str:
    return stream.choice(
        (
            number,
            f"Rechnung {number}",
            f"RE {number}",
            f"Rg.-Nr. {number} Kd-Nr {who.person.customer_number}",
            f"Rechnungsnummer: {number} vom 03.01.2026",
            f"{who.house.name.split(' ')[0]} {number} danke",
            f"KD {who.person.customer_number} / RNR {number}",
        )
    )


def _transfer(damage: Damage, who: Owed, dues: Sequence[Due], cents: int, purpose: str, stream: random.Random, **more: str) -> Transfer:
    share = Share(who.case_id, frozenset(due.claim_id for due in dues), cents)
    return Transfer(
        damage=damage,
        account=who.house.account,
        cents=cents,
        purpose=purpose[:PURPOSE_MAX],
        name=more.get("name") or name_of(stream, who.person),
        iban=more.get("iban") or who.person.iban,
        end_to_end=more.get("end_to_end", ""),
        shares=(share,),
    )


def _clean(stream: random.Random, who: Owed) -> list[Transfer]:
    due, at = who.dues[0], stream.random()
    cents = _cents(stream, [due])
    if at < 0.15:
        whole = _cents(stream, who.dues)
        return [_transfer(Damage.CLEAN, who, who.dues, whole, "Rechnung", stream, end_to_end=who.reference)]
    if at < 0.4:
        return [_transfer(Damage.CLEAN, who, who.dues, _cents(stream, who.dues), spaced(who.reference), stream)]
    return [_transfer(Damage.CLEAN, who, [due], cents, _sentence(stream, due.number, who), stream)]


def _blanks(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    if stream.random() < 0.3:
        return [_transfer(Damage.BLANKS, who, who.dues, _cents(stream, who.dues), blanks(stream, who.reference), stream)]
    purpose = wrapped(_sentence(stream, blanks(stream, due.number), who))
    return [_transfer(Damage.BLANKS, who, [due], _cents(stream, [due]), purpose, stream)]


def _merged(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    if stream.random() < 0.3:
        purpose = stream.choice((f"Az{who.reference}danke", f"{who.reference}Kd{who.person.customer_number}"))
        return [_transfer(Damage.MERGED, who, who.dues, _cents(stream, who.dues), purpose, stream)]
    purpose = merged(stream, due.number, who.person.customer_number)
    return [_transfer(Damage.MERGED, who, [due], _cents(stream, [due]), purpose, stream)]


def _typos(damage: Damage, slips: int) -> Callable[[random.Random, Owed], list[Transfer]]:
    def write(stream: random.Random, who: Owed) -> list[Transfer]:
        due = who.dues[0]
        if stream.random() < 0.3:
            purpose = spaced(mistype(stream, who.reference, slips))
            return [_transfer(damage, who, who.dues, _cents(stream, who.dues), purpose, stream)]
        purpose = _sentence(stream, mistype(stream, due.number, slips), who)
        return [_transfer(damage, who, [due], _cents(stream, [due]), purpose, stream)]

    return write


def _no_number(stream: random.Random, who: Owed) -> list[Transfer]:
    words = (
        "Danke",
        "Überweisung",
        "Rechnung",
        "offener Betrag",
        "",
        f"Kundennummer {who.person.customer_number}",
        "Rechnung Januar",
        who.house.name,
    )
    return [_transfer(Damage.NO_NUMBER, who, [who.dues[0]], _cents(stream, [who.dues[0]]), stream.choice(words), stream)]


def _third_party(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    number = who.reference if stream.random() < 0.3 else due.number
    dues = who.dues if number == who.reference else [due]
    at = stream.random()
    purpose = number if at < 0.4 else f"für {who.person.name} {number}" if at < 0.85 else f"für {who.person.name}"
    name, iban = stranger(stream), draw_iban(stream)
    return [_transfer(Damage.THIRD_PARTY, who, dues, _cents(stream, dues), purpose, stream, name=name, iban=iban)]


def _several(stream: random.Random, who: Owed) -> list[Transfer]:
    numbers = [due.number for due in who.dues]
    purpose = stream.choice((", ".join(numbers), " + ".join(numbers), "Rechnungen " + " und ".join(numbers), " ".join(numbers)))
    return [_transfer(Damage.SEVERAL, who, who.dues, _cents(stream, who.dues), purpose, stream)]


def _in_parts(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    first = due.cents * stream.randint(30, 70) // 100
    name = name_of(stream, who.person)
    parts = ((first, f"1. Rate {due.number}"), (due.cents - first, f"2. Rate {due.number}"))
    return [_transfer(Damage.IN_PARTS, who, [due], cents, purpose, stream, name=name) for cents, purpose in parts]


def _part(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    cents = max(100, due.cents * stream.randint(10, 80) // 100 // 100 * 100)
    number = spaced(who.reference) if stream.random() < 0.4 else due.number
    dues = who.dues if number != due.number else [due]
    return [_transfer(Damage.PART, who, dues, cents, _sentence(stream, number, who), stream)]


def _over(stream: random.Random, who: Owed) -> list[Transfer]:
    due = who.dues[0]
    whole = sum(each.letter_cents for each in who.dues)
    cents = stream.choice((whole * 2, whole + stream.randint(100, 5_000), -(-whole // 1000) * 1000 + 500))
    number = spaced(who.reference) if stream.random() < 0.4 else due.number
    dues = who.dues if number != due.number else [due]
    return [_transfer(Damage.OVER, who, dues, cents, _sentence(stream, number, who), stream)]


_PAYERS: Final = (
    "Jobcenter Kreis Musterau",
    "Betreuungsverein Musterau e. V.",
    "Sozialamt Stadt Musterau",
    "Kanzlei Wegener Treuhandkonto",
)


def _collective(stream: random.Random, people: Sequence[Owed]) -> Transfer:
    """One transfer for several people; the list stands in the purpose, as long as it fits."""
    with_amounts = stream.random() < 0.6
    text, shares = "Sammelzahlung", []
    for who in people:
        due = who.dues[0]
        number = who.reference if stream.random() < 0.3 else due.number
        dues = who.dues if number == who.reference else (due,)
        cents = _cents(stream, dues)
        item = f" {number}" + (f" {german_amount(cents)}" if with_amounts else "") + ","
        if len(text) + len(item) > PURPOSE_MAX:
            break
        text += item
        shares.append(Share(who.case_id, frozenset(each.claim_id for each in dues), cents))
    cents = sum(share.cents for share in shares)
    name, iban = stream.choice(_PAYERS), draw_iban(stream)
    return Transfer(Damage.COLLECTIVE, people[0].house.account, cents, text.rstrip(","), name, iban, shares=tuple(shares))


def _foreign(stream: random.Random, owed: Sequence[Owed]) -> Transfer:
    """Money for something else: some of it carries a number, an amount or a name that is by chance one of ours."""
    somebody = stream.choice(owed)
    name, cents = stranger(stream), stream.randint(500, 60_000)
    purposes = (
        "Miete Mai Wohnung 3 links",
        "Lohn/Gehalt 02/2026",
        f"Rechnung {stream.randrange(10**6, 10**7)}",
        "Mitgliedsbeitrag 1. Halbjahr",
        f"Erstattung Vorgang {stream.randrange(10**9, 10**10)}",
        f"Auftrag {stream.randrange(10**3, 10**5)} Ticket {stream.randrange(10**7, 10**8)}",
        "Spende",
    )
    purpose = stream.choice(purposes)
    match stream.randrange(12):
        case 0:
            purpose = f"Bestellung {somebody.dues[0].number}"
        case 1 | 2:
            cents = somebody.dues[0].cents
        case 3:
            name = name_of(stream, somebody.person)
        case _:
            pass
    return Transfer(Damage.FOREIGN, somebody.house.account, cents, purpose, name, draw_iban(stream))


_WRITERS: Final[dict[Damage, Callable[[random.Random, Owed], list[Transfer]]]] = {
    Damage.CLEAN: _clean,
    Damage.BLANKS: _blanks,
    Damage.MERGED: _merged,
    Damage.ONE_TYPO: _typos(Damage.ONE_TYPO, 1),
    Damage.TWO_TYPOS: _typos(Damage.TWO_TYPOS, 2),
    Damage.NO_NUMBER: _no_number,
    Damage.THIRD_PARTY: _third_party,
    Damage.SEVERAL: _several,
    Damage.IN_PARTS: _in_parts,
    Damage.PART: _part,
    Damage.OVER: _over,
}
