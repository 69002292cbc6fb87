"""Every named fail point of the daily run: killed there, run again, the same end."""

from __future__ import annotations

import pytest

from tests.crash.house import House, listed
from tests.crash.steps import RUN_STEP, every_point, kill_and_repeat, unbroken

pytestmark = pytest.mark.crash


def test_the_daily_run_killed_at_every_fail_point_ends_as_if_nothing_had_happened(house: House) -> None:
    found = [
        line
        for point in every_point(house, RUN_STEP, last=unbroken(house, RUN_STEP).points)
        for line in kill_and_repeat(house, RUN_STEP, point)
    ]
    assert not found, listed(found)
