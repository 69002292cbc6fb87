"""The bank's day: transfers and direct debits arrive, strangers send and take money too, and in the evening the statement is closed."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.world.bank import Movement, is_banking_day
from kulanz.world.debit_day import debits_booked
from kulanz.world.dice import dice
from kulanz.world.names import ORIGINS
from kulanz.world.people import draw_iban
from kulanz.world.state import Branch, World

_STRANGERS: Final = (
    ("Finanzkasse", "Erstattung Umsatzsteuer", 84_210),
    ("Stellplatz Verwaltung Nord", "Miete Stellplatz", 6_500),
    ("Versicherungsverein a.G.", "Schaden 88-1204 Regulierung", 41_290),
    ("Altgeräte Ankauf", "Gutschrift Ankauf", 12_000),
    ("", "BARGELDEINZAHLUNG SB", 25_000),
)
_OUTGOING: Final = (
    ("Bank", "Entgelt Kontofuehrung", -1_290),
    ("Bürobedarf Zentrale", "Rechnung 55812", -23_480),
    ("Telekommunikation West", "Kundenkonto 90817263", -11_960),
)
_STRANGE_DAYS: Final = 0.22
_OUTGOING_DAYS: Final = 0.12


def bank_evening(world: World, branch: Branch, day: date) -> None:
    """Book everything that is due on a banking day and close the day's statement; it reaches the firm the next morning."""
    if not is_banking_day(day):
        return
    due = [each for each in world.transfers.get(day, []) if each[0] is branch]
    for _, movement, customer, invoices in due:
        branch.account.deliver([movement])
        branch.owners.append((customer, invoices))
    debits_booked(world, branch, day)
    stream = dice(world.seed, branch.firm.key, "strangers", day)
    foreign = [*_STRANGERS] if stream.random() < _STRANGE_DAYS else []
    outgoing = [*_OUTGOING] if stream.random() < _OUTGOING_DAYS else []
    for choices in (foreign, outgoing):
        if choices:
            name, purpose, cents = stream.choice(choices)
            branch.account.deliver(
                [Movement(day, day, cents + stream.randrange(900), purpose, name or _somebody(stream.random()), draw_iban(stream))]
            )
            branch.owners.append((None, ()))
    statement = branch.account.close(day)
    if statement is None:
        return
    for movement, (owner, _) in zip(statement.movements, branch.owners, strict=True):
        if owner is not None:
            branch.meant[movement.bank_ref] = owner
    branch.owners = []
    branch.undelivered.append(statement)


def _somebody(at: float) -> str:
    """A name of somebody who is no customer."""
    origin = ORIGINS["german"]
    return f"{origin.men[int(at * len(origin.men))]} {origin.families[int(at * 7919) % len(origin.families)]}"
