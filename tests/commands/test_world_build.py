"""The demo's portfolio is built once, never over somebody else's data, and never left half done."""

from __future__ import annotations

import fcntl
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from kulanz.site.clock import LEGAL_ZONE
from kulanz.world import build as building
from kulanz.world.build import Built, build, finished
from kulanz.world.errors import DemoBusy, DemoNeedsEmbedded, HomeInUse
from kulanz.world.state import Plan
from tests import factories

pytestmark = pytest.mark.django_db

LAST_DAY = date(2026, 9, 30)
NOW = datetime(2026, 9, 30, 9, tzinfo=LEGAL_ZONE)
PLAN = Plan.ending(LAST_DAY, days=3, debtors=5, seed=1)


def silent(_: str) -> None:
    """Nobody reads the announcement."""


def test_a_folder_with_other_data_is_refused_and_left_alone(tmp_path: Path) -> None:
    factories.creditor()
    with pytest.raises(HomeInUse):
        build(tmp_path, PLAN, now=NOW, announce=silent)
    assert not (tmp_path / "world" / "begun.json").exists()
    assert finished(tmp_path) is None


def test_a_finished_portfolio_is_found_again_and_not_built_twice(tmp_path: Path) -> None:
    waiting = tmp_path / "world" / "waiting"
    waiting.mkdir(parents=True)
    made = Built(LAST_DAY, {"claims": 7}, waiting / "a.xml", waiting / "b.csv")
    (tmp_path / "world" / "done.json").write_text(json.dumps(made.as_json()))
    factories.creditor()
    assert build(tmp_path, PLAN, now=NOW, announce=silent) == made


def test_two_builds_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    with (tmp_path / "world" / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DemoBusy):
            build(tmp_path, PLAN, now=NOW, announce=silent)


def test_an_interrupted_build_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = tmp_path / "world" / "begun.json"
    begun.parent.mkdir()
    begun.write_text("{}")
    said: list[str] = []
    steps: list[str] = []

    def anew(_: Path) -> None:
        steps.append("emptied")

    def whole(home: Path, folder: Path, plan: Plan, **_: Any) -> Built:
        steps.append("built")
        return Built(plan.last_day, {}, home / "a.xml", home / "b.csv")

    monkeypatch.setattr(building, "_begin_anew", anew)
    monkeypatch.setattr(building, "_build", whole)
    build(tmp_path, PLAN, now=NOW, announce=said.append)
    assert steps == ["emptied", "built"]
    assert len(said) == 1


def test_a_foreign_database_is_never_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/books")
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "begun.json").write_text("{}")
    with pytest.raises(DemoNeedsEmbedded):
        build(tmp_path, PLAN, now=NOW, announce=silent)
