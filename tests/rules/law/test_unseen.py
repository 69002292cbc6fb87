"""A value that nobody saw in a source is refused wherever it would be used, in words that name it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import ModuleType

import pytest

from kulanz.law import jurisdiction
from kulanz.law.at import costs as at_costs
from kulanz.law.at import court as at_court
from kulanz.law.at import exempt as at_exempt
from kulanz.law.ch import costs as ch_costs
from kulanz.law.costs import CostsQuestion
from kulanz.law.de import exempt as de_exempt
from kulanz.law.de import fees as de_fees
from kulanz.law.errors import NotVerified
from kulanz.law.exempt import Period
from kulanz.law.tables import in_force

DE, AT, CH = jurisdiction("de"), jurisdiction("at"), jurisdiction("ch")
DAY, IN_2024 = date(2026, 1, 1), date(2024, 7, 1)

USES: list[tuple[ModuleType, Callable[[], object], str]] = [
    (at_exempt, lambda: AT.exempt_income(200_000, 0, DAY, Period.MONTH), "Existenzminimum: der Wert ab 2026-01-01"),
    (at_court, lambda: AT.court_fee(10_000, DAY, "suit"), "TP 1 GGG: der Wert ab 2025-04-01"),
    (at_costs, lambda: at_costs.index_factor(IN_2024), "Wertsicherung: der Wert ab 2024-01-01"),
    (at_costs, lambda: AT.collection_costs(CostsQuestion(500_000, IN_2024)), "BGBl. 141/1996, general_processing: der Wert ab 2002-01-01"),
    (ch_costs, lambda: CH.court_fee(10_000, DAY, "payment_order"), "GebV SchKG Art. 16: der Wert ab 2022-01-01"),
    (de_exempt, lambda: DE.exempt_income(200_000, 0, DAY, Period.MONTH), "§ 850c ZPO: der Wert ab 2025-07-01"),
    (de_fees, lambda: de_fees.amount("vat", DAY), "vat: der Wert ab 2021-01-01"),
]


@pytest.mark.parametrize(("room", "use", "what"), USES, ids=[what for _, _, what in USES])
def test_a_value_nobody_saw_is_refused_by_its_name(
    room: ModuleType, use: Callable[[], object], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unseen(table: str, day: date, **wanted: str) -> tuple[dict[str, str], ...]:
        return tuple({**row, "status": "guessed"} for row in in_force(table, day, **wanted))

    use()
    monkeypatch.setattr(room, "in_force", unseen)
    with pytest.raises(NotVerified) as caught:
        use()
    assert caught.value.message == f"{what} ist nicht geprüft (guessed)."


def test_a_step_of_fees_nobody_saw_is_refused_by_the_name_of_its_law(monkeypatch: pytest.MonkeyPatch) -> None:
    def unseen(table: str, day: date, **wanted: str) -> tuple[dict[str, str], ...]:
        return tuple({**row, "status": "guessed"} for row in in_force(table, day, **wanted))

    monkeypatch.setattr(de_fees, "in_force", unseen)
    de_fees._table.cache_clear()
    with pytest.raises(NotVerified, match=r"^rvg: der Wert ab 2025-06-01 ist nicht geprüft"):
        DE.lawyer_fee(10_000, DAY, Decimal(1))
    de_fees._table.cache_clear()


@pytest.mark.parametrize(
    ("room", "use", "sentence"),
    [
        (ch_costs, lambda: CH.court_fee(10_000, DAY, "payment_order"), "GebV SchKG Art. 16: kein Wert für diese Höhe bekannt."),
        (
            at_costs,
            lambda: AT.collection_costs(CostsQuestion(500_000, IN_2024)),
            "BGBl. 141/1996, general_processing: kein Wert für diese Höhe bekannt.",
        ),
    ],
)
def test_a_value_beyond_every_row_is_refused(
    room: ModuleType, use: Callable[[], object], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "in_force", lambda table, day, **wanted: ())
    with pytest.raises(NotVerified) as caught:
        use()
    assert caught.value.message == sentence


def test_only_the_rows_of_the_payment_order_count_for_its_fee(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attachment's rows stand in the same table with other fees."""
    asked: list[dict[str, str]] = []

    def listening(table: str, day: date, **wanted: str) -> tuple[object, ...]:
        asked.append(wanted)
        return in_force(table, day, **wanted)

    monkeypatch.setattr(ch_costs, "in_force", listening)
    CH.court_fee(10_000, DAY, "payment_order")
    assert asked == [{"item": "payment_order"}]
