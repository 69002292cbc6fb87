"""The statement import and the claims import, killed at every fail point: booked once, or not at all."""

from __future__ import annotations

import pytest

from tests.crash.house import House, listed
from tests.crash.steps import claims_step, every_point, kill_and_repeat, statement_step, unbroken

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("name", ["statement.sta", "statement.xml"])
def test_a_statement_import_killed_at_every_fail_point_books_everything_once(house: House, name: str) -> None:
    step = statement_step(name, house.shared / name)
    points = every_point(house, step) if name.endswith("sta") else list(unbroken(house, step).points)[::9]
    found = [line for point in points for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)


def test_a_claims_import_killed_at_every_fail_point_opens_everything_once(house: House) -> None:
    step = claims_step("first", "empty", house.shared / "nordlicht.csv", house.shared / "profile.yaml")
    found = [line for point in every_point(house, step) for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)
