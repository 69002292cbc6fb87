"""The statement import and the claims import, killed at every fail point: booked once, or not at all."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.crash.acts import ahead_file
from tests.crash.house import House, listed
from tests.crash.steps import ahead_step, claims_step, every_point, kill_and_repeat, statement_step, unbroken

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("name", ["statement.sta", "statement.xml"])
def test_a_statement_import_killed_at_every_fail_point_books_everything_once(house: House, name: str) -> None:
    step = statement_step(name, house.shared / name)
    points = every_point(house, step) if name.endswith("sta") else list(unbroken(house, step).points)[::9]
    found = [line for point in points for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)


def test_an_import_that_is_read_ahead_killed_at_every_fail_point_of_its_own_books_everything_once(house: House) -> None:
    """Of those that every import passes, a third."""
    step = ahead_step(house.shared / "statement.xml")
    points = every_point(house, step, last=("statement.after_statements",))
    assert {"statement.before_notes", "statement.after_notes", "statement.after_statements:4"} <= {*points}
    chosen = [point for nth, point in enumerate(points) if point.startswith("statement.") or nth % 3 == 0]
    found = [line for point in chosen for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)


@pytest.mark.parametrize("point", ["statement.after_lines:2", "statement.after_notes", "statement.before_commit"])
def test_an_import_of_many_pieces_that_is_read_ahead_and_killed_leaves_nothing_and_no_process(house: House, point: str) -> None:
    step = ahead_step(house.shared / "statement.xml")
    one = step.begin(house)
    file = one.home / "many pieces.xml"
    shutil.copy(house.shared / "statement.xml", file)
    before = one.state()
    assert one.call(step.call, {"file": str(file), "piece_lines": 4}, failpoint=point).killed
    one.rewind()
    assert not before.differences(one.state())
    deadline = time.monotonic() + 20
    while left := [int(str(entry.name)) for entry in Path("/proc").glob("[0-9]*") if _reads(entry, one.home)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)
    again = one.call(step.call, {"file": str(file), "piece_lines": 4})
    assert again.code == 0, again.output
    assert one.rows("SELECT count(*) FROM payments_bankline") == [(_lines(house),)]
    one.drop()


def _reads(process: Path, folder: Path) -> bool:
    """Is this a process that reads ahead for somebody whose temporary files are in the folder?"""
    try:
        return b"hand_over" in (process / "cmdline").read_bytes() and str(folder).encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def _lines(house: House) -> int:
    return ahead_file(house.shared / "statement.xml").count(b"<Ntry>")


def test_a_claims_import_killed_at_every_fail_point_opens_everything_once(house: House) -> None:
    step = claims_step("first", "empty", house.shared / "nordlicht.csv", house.shared / "profile.yaml")
    found = [line for point in every_point(house, step) for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)
