"""Random stories of one case with two claims, booked on a real database: what two test files tell in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.undo import undo_booking
from kulanz.claims.errors import CannotBeUndone, NothingToBook
from kulanz.claims.models import Claim
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind
from tests.factories import NOW, claim

FIRST = date(2026, 1, 5)
_CHARGED = (Component.DUNNING_FEE, Component.EXPENSE)
_NEVER_WAIVED = (Component.CASH, Component.OVERPAID)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: its kind (OPENED stands for taking an earlier booking back), days after `FIRST`, which claim, cents."""

    kind: FactKind
    days: int
    which: int
    cents: int
    component: Component
    earmarked: bool


def steps(*, at_most: int) -> st.SearchStrategy[list[Step]]:
    """Anything that can happen to an account, in any order of days."""
    one = st.builds(
        Step,
        kind=st.sampled_from(FactKind),
        days=st.integers(0, 300),
        which=st.integers(0, 1),
        cents=st.integers(1, 9_000),
        component=st.sampled_from(Component),
        earmarked=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=at_most)


def two_claims(rounding: str = "segment") -> list[Claim]:
    """Two claims of one case, both in default at some time."""
    same: dict[str, Any] = {"debtor_external_id": "A", "identity_key": "ab" * 32}
    pair = [
        claim(number=1, first_interest_day=date(2026, 2, 5), principal_cents=10_000, **same),
        claim(number=2, invoiced_on=date(2026, 2, 1), first_interest_day=date(2026, 3, 20), principal_cents=5_000, **same),
    ]
    if rounding != "segment":
        Claim.objects.filter(id__in=[one.id for one in pair]).update(rounding=rounding)
    return pair


def tell(pair: Sequence[Claim], told: Sequence[Step]) -> Iterator[int]:
    """Book a story step by step; yields after each that could be booked how many that were. What has nothing to book is passed over."""
    case_id, booked = pair[0].case_id, 0
    payments: list[tuple[int, date]] = []
    others: list[int] = []
    for number, step in enumerate(told):
        on, key = FIRST + timedelta(days=step.days), f"k{number}"
        claimed = pair[step.which]
        issued = max(on, claimed.invoiced_on)
        fact = NewFact(case_id, step.kind, issued, key, "test", step.cents, claimed.id, step.component)
        try:
            match step.kind:
                case FactKind.PAYMENT:
                    choice = (claimed.id,) if step.earmarked else ()
                    (entry_id,) = book([NewFact(case_id, step.kind, on, key, "test", step.cents, choice=choice)], now=NOW)
                    payments.append((entry_id, max(on, FIRST, issued if choice else FIRST)))
                case FactKind.CHARGEBACK if payments:
                    entry_id, paid_on = payments.pop()
                    book([NewFact(case_id, step.kind, max(on, paid_on), key, "test", payment_entry_id=entry_id)], now=NOW)
                case FactKind.CHARGE if step.component in _CHARGED:
                    others += book([fact], now=NOW)
                case FactKind.WAIVER if step.component not in _NEVER_WAIVED:
                    others += book([fact], now=NOW)
                case FactKind.CREDIT_NOTE | FactKind.WRITE_OFF:
                    others += book([replace(fact, component=Component.PRINCIPAL)], now=NOW)
                case FactKind.REFUND:
                    book([fact], now=NOW)
                case FactKind.OPENED if others:
                    undo_booking(case_id, others.pop(), reason="Irrtum", actor="test", day=FIRST + timedelta(days=360), now=NOW)
                case _:
                    continue
        except (NothingToBook, CannotBeUndone):
            continue
        booked += 1
        yield booked
