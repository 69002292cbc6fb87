"""`kulanz check` says which tables of the law run out."""

from __future__ import annotations

from datetime import date

from kulanz.runs.check import table_warnings


def test_check_warns_sixty_days_before_each_table_ends() -> None:
    at_ease = table_warnings(date(2026, 10, 31))
    warned = table_warnings(date(2026, 11, 1))
    assert not any("§ 247 BGB" in sentence for sentence in at_ease)
    assert (
        "Die Tabelle „Basiszinssatz (§ 247 BGB)“ (DE) endet am 31.12.2026; ohne den nächsten Wert wird danach nichts berechnet." in warned
    )
    assert any("Existenzminimum" in sentence for sentence in warned)
    assert not any("§ 850c ZPO" in sentence for sentence in warned)
    assert any("§ 850c ZPO" in sentence for sentence in table_warnings(date(2027, 5, 1)))


def test_a_table_that_has_ended_is_said_to_have_ended() -> None:
    (ended,) = [sentence for sentence in table_warnings(date(2027, 1, 1)) if "§ 247 BGB" in sentence]
    assert "endete am 31.12.2026" in ended
