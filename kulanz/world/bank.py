"""A bank that does not exist: it keeps an account, numbers its statements, and writes them as camt.053 or MT940."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from kulanz.law.holidays import is_holiday


@dataclass(frozen=True, slots=True)
class Movement:
    """One booked movement. `amount_cents` is signed (money in is positive); `bank_ref` is the bank's own number of it.

    `return_reason` is the R-code of a payment that goes back.
    """

    booked_on: date
    value_on: date
    amount_cents: int
    purpose: str
    name: str
    iban: str
    end_to_end_id: str = ""
    bank_ref: str = ""
    return_reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of one account: opening plus movements is closing."""

    iban: str
    number: int
    day: date
    opening_cents: int
    movements: tuple[Movement, ...]

    @property
    def closing_cents(self) -> int:
        """The balance in the evening."""
        return self.opening_cents + sum(movement.amount_cents for movement in self.movements)


@dataclass(slots=True)
class Account:
    """A creditor's account at the bank. `deliver` takes what is on its way; `close` books it and numbers the statement."""

    iban: str
    balance_cents: int
    statements: int = 0
    booked: int = 0
    waiting: list[Movement] = field(default_factory=list)

    def deliver(self, movements: Sequence[Movement]) -> None:
        """Movements that the next close books on its day; their dates and references are the bank's business."""
        self.waiting.extend(movements)

    def close(self, day: date) -> Statement | None:
        """The statement of a banking day; none if nothing moved. Numbers start anew each year, as banks do it."""
        if not self.waiting:
            return None
        movements = []
        for waiting in self.waiting:
            self.booked += 1
            movements.append(
                Movement(
                    booked_on=day,
                    value_on=day,
                    amount_cents=waiting.amount_cents,
                    purpose=waiting.purpose,
                    name=waiting.name,
                    iban=waiting.iban,
                    end_to_end_id=waiting.end_to_end_id,
                    bank_ref=f"{day:%y%m%d}{self.booked:08d}",
                    return_reason=waiting.return_reason,
                )
            )
        self.waiting = []
        self.statements += 1
        statement = Statement(self.iban, self.statements, day, self.balance_cents, tuple(movements))
        self.balance_cents = statement.closing_cents
        return statement


def german_iban(bank_code: str, account: str) -> str:
    """Eight digits of bank code and up to ten of the account, with check digits (ISO 7064, mod 97-10)."""
    body = f"{bank_code}{account:0>10}"
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


def is_banking_day(day: date) -> bool:
    """True if transfers are booked: weekdays that are no holiday in the bank's home, Hesse."""
    return day.weekday() < 5 and not is_holiday("de", "HE", day)


def next_banking_day(day: date) -> date:
    """The first banking day after `day`."""
    following = day + timedelta(days=1)
    while not is_banking_day(following):
        following += timedelta(days=1)
    return following
