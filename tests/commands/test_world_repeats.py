"""The same seed and the same last day make the same portfolio, in any database."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.commands.small_world import live

pytestmark = [pytest.mark.django_db(transaction=True, reset_sequences=True), pytest.mark.slow]


def test_the_same_seed_and_day_make_the_same_portfolio_and_another_seed_another(tmp_path: Path) -> None:
    first = live(tmp_path / "first", debtors=18, days=30)
    call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
    again = live(tmp_path / "again", debtors=18, days=30)
    assert again.facts == first.facts
    assert again.counts == first.counts
    assert again.fingerprint == first.fingerprint
    call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
    assert live(tmp_path / "other", debtors=18, days=8, seed=12).fingerprint != first.fingerprint
