"""Building the demo's portfolio once: begun, finished, or begun anew if it was interrupted. Never half of it."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg
from django.db import connection, connections

from kulanz.claims.models import Creditor
from kulanz.cli.db import make_ready
from kulanz.contact.sending.gateways.configured import gateways
from kulanz.site import database
from kulanz.world.errors import DemoBusy, DemoNeedsEmbedded, HomeInUse
from kulanz.world.intake_desk import note_statement, statement_file, write_file
from kulanz.world.invoices import broken_export
from kulanz.world.senders import beside
from kulanz.world.setup import add_creditors, add_logins, lay_out_profiles
from kulanz.world.simulation import Progress, Simulation
from kulanz.world.state import Plan, World, populate

MADE_FOLDERS = ("mail", "letters", "documents", "profiles", "world/waiting")
"""What a build puts beside the database; a build that begins anew removes it first."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished portfolio and the files that wait for the visitor."""

    last_day: date
    counts: dict[str, int]
    statement: Path
    claims: Path

    def as_json(self) -> dict[str, object]:
        """Plain data for the marker file."""
        return {"last_day": self.last_day.isoformat(), "counts": self.counts, "statement": self.statement.name, "claims": self.claims.name}


def build(home: Path, plan: Plan, *, now: datetime, progress: Progress | None = None, announce: Callable[[str], None]) -> Built:
    """The finished portfolio of this data folder; built now if it is not there yet.

    Raises `HomeInUse` if the folder holds data of somebody else, `DemoBusy` if another process is building.
    """
    folder = home / "world"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if (done := finished(home)) is not None:
            return done
        if (folder / "begun.json").exists():
            announce("Eine frühere Demo wurde nicht fertig; sie wird neu begonnen.")
            _begin_anew(home)
        elif Creditor.objects.exists():
            raise HomeInUse
        (folder / "begun.json").write_text(json.dumps({"seed": plan.seed, "debtors": plan.debtors, "last_day": plan.last_day.isoformat()}))
        return _build(home, folder, plan, now=now, progress=progress)


def finished(home: Path) -> Built | None:
    """The portfolio that was built here, or None."""
    marker = home / "world" / "done.json"
    if not marker.exists():
        return None
    found = json.loads(marker.read_text(encoding="utf-8"))
    waiting = home / "world" / "waiting"
    return Built(date.fromisoformat(found["last_day"]), found["counts"], waiting / found["statement"], waiting / found["claims"])


def _build(home: Path, folder: Path, plan: Plan, *, now: datetime, progress: Progress | None) -> Built:
    with connection.cursor() as cursor:
        # What a crash could lose here is begun anew anyway.
        cursor.execute("SET synchronous_commit = off")
    creditors = add_creditors()
    add_logins()
    lay_out_profiles(home)
    ways = gateways()
    try:
        world = populate(plan, creditors, folder, ways, latest=now)
        with beside() as second:
            counts = Simulation(world, second).run(progress)
    finally:
        for way in ways.values():
            way.close()
    built = lay_out(world, home, counts)
    marker = folder / "done.json"
    partial = marker.with_suffix(".part")
    partial.write_text(json.dumps(built.as_json()), encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on; CHECKPOINT")
    partial.rename(marker)
    return built


def lay_out(world: World, home: Path, counts: Counter[str]) -> Built:
    """The two files for the visitor: a statement that was not imported, and an export with broken rows."""
    waiting = home / "world" / "waiting"
    branch = world.branches[0]
    name, data = statement_file(branch, branch.undelivered)
    for statement in branch.undelivered:
        note_statement(world, branch, statement, world.plan.last_day, name, imported=False)
    world.truth.flush()
    fresh = branch.invoices[branch.handed_in :] or branch.invoices[-12:]
    return Built(
        last_day=world.plan.last_day,
        counts=dict(counts),
        statement=write_file(waiting, name, data),
        claims=write_file(waiting, f"rechnungen-{branch.firm.key}-mit-fehlern.csv", broken_export(branch.firm, fresh)),
    )


def _begin_anew(home: Path) -> None:
    """Throw away what an interrupted build left: only ever called where the marker says that a demo began here, on an empty database."""
    if not database.embedded():
        raise DemoNeedsEmbedded
    connections.close_all()
    with psycopg.connect(database.conninfo("postgres"), autocommit=True) as session:
        session.execute("DROP DATABASE IF EXISTS kulanz WITH (FORCE)")
        session.execute("CREATE DATABASE kulanz")
    for name in MADE_FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)
    for name in ("begun.json", "truth.jsonl"):
        (home / "world" / name).unlink(missing_ok=True)
    make_ready()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build per data folder at a time; the lock goes with the process, however it ends."""
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise DemoBusy from taken
        yield
