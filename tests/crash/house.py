"""Experiments: a copy of a prepared database and data folder, on which processes run, die and run again."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from kulanz.site import database
from tests.crash import portfolio
from tests.crash.mail import Log
from tests.crash.portfolio import BEFORE, DAY
from tests.crash.warm import Ended, Order, Running, Warm

RUN = (("run", "daily", "--date", DAY.isoformat()),)
SEND = (("send", "--once", "--at", f"{DAY}T10:00:00"),)
CHECK = ("check",)
NOW, PAID = f"{DAY}T06:00:00", f"{DAY}T18:00:00"

_NOT_OURS = ("django_%", "auth_%", "axes_%")
_ID_OF_NOBODY = {
    "claims_caseevent",
    "ledger_posting",
    "contact_portallink",
    "contact_message",
    "runs_run",
    "runs_runpart",
    "strategy_decision",
}
"""Tables whose ids nothing else in the state mentions: a number that a killed transaction drew and lost does not matter."""

_NAMED = {
    "run_id": " || jsonb_build_object('run_id', (SELECT r.kind || ' ' || r.day FROM runs_run r WHERE r.id = t.run_id))",
    "message_id": " || jsonb_build_object('message_id',"
    " (SELECT m.provider_key FROM contact_message m WHERE m.id::text = t.message_id::text))",
    "data": " || CASE WHEN t.data ? 'message' THEN jsonb_build_object('data', t.data || jsonb_build_object('message',"
    " (SELECT m.provider_key FROM contact_message m WHERE m.id = (t.data->>'message')::bigint))) ELSE '{}' END",
}
"""Columns that mention a run or a message by its id; its name stands there instead."""

_LEGITIMATE = {"contact_message": ("attempts", "provider_ref")}
"""How often it was tried and what the gateway said differ legitimately: a message found again after a kill was tried once more."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that must be the same in the end: rows of all tables, what the mail server took, letters by name and content."""

    tables: dict[str, Counter[str]]
    mails: dict[str, int] = field(default_factory=dict)
    letters: dict[str, bytes] = field(default_factory=dict)

    def differences(self, other: State) -> list[str]:
        """What this state has (-) and the other has (+) instead; empty if they are the same."""
        found = []
        for table in sorted(self.tables.keys() | other.tables.keys()):
            mine, theirs = self.tables.get(table, Counter()), other.tables.get(table, Counter())
            found += [f"- {table} {row}" for row in (mine - theirs).elements()]
            found += [f"+ {table} {row}" for row in (theirs - mine).elements()]
        found += [f"mail {key}: {self.mails.get(key, 0)} / {other.mails.get(key, 0)}" for key in _unequal(self.mails, other.mails)]
        return found + [f"letter {name}" for name in _unequal(self.letters, other.letters)]

    def without(self, columns: dict[str, tuple[str, ...]]) -> State:
        """This state without some columns (`()` is the whole table), and with mail counted by message: a second try has a new key."""
        whole = {table for table, dropped in columns.items() if not dropped}
        kept = {table: rows for table, rows in self.tables.items() if table not in whole}
        tables = {table: _projected(rows, columns[table]) if table in columns else rows for table, rows in kept.items()}
        mails: Counter[str] = Counter()
        for key, number in self.mails.items():
            mails[key.partition("~")[0]] += number
        return State(tables, dict(mails), {name.partition("~")[0].removesuffix(".pdf"): b"" for name in self.letters})


def _projected(rows: Counter[str], dropped: tuple[str, ...]) -> Counter[str]:
    left = ({name: value for name, value in json.loads(row).items() if name not in dropped} for row in rows.elements())
    return Counter(json.dumps(row, sort_keys=True) for row in left)


def _unequal(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))


class House:
    """Prepares the databases once per test run and hands out copies of them."""

    def __init__(self, warm: Warm, log: Log, shared: Path, own: Path) -> None:
        self.warm, self.log, self.shared, self.own = warm, log, shared, own
        self.tag = f"{os.getpid()}"
        self.known: dict[str, Any] = {}
        self.removals = ThreadPoolExecutor(1)
        self._numbers = itertools.count()
        with _locked(shared / "lock"):
            prepared = shared / "prepared"
            if not prepared.exists():
                self._prepare()
                prepared.write_text(self.tag)
            self.prepared = prepared.read_text()

    def stage(self, name: str) -> str:
        """The database of a stage.

        `empty` (creditors only), `imported`, `before` (the day is to be run), `run` (it was run), `paid` (a statement came in after it),
        `doubt` (sent after it, to a server that hung up).
        """
        return f"crash_{self.prepared}_{name}"

    def copy(self, stage: str) -> Experiment:
        """A fresh experiment that begins at a stage."""
        name = f"crash_{self.tag}_x{next(self._numbers)}"
        home = self.own / name
        shutil.copytree(self.shared / stage, home)
        admin(f"CREATE DATABASE {name} TEMPLATE {self.stage(stage)} STRATEGY wal_log")
        self.log.begin(home / "mail")
        return Experiment(self, name, home)

    def _prepare(self) -> None:
        """Import the portfolio, live two earlier days, place some holds, and run the day."""
        _remove_leftovers()
        files = portfolio.write_claims(self.shared)
        first = Experiment(self, f"crash_{self.tag}_empty", self.shared / "empty")
        first.home.mkdir()
        self.log.begin(first.home / "mail")
        admin(f"CREATE DATABASE {first.database}")
        for key, (name, street, postcode, city, iban) in portfolio.CREDITORS.items():
            details = ["--street", street, "--postcode", postcode, "--city", city, "--iban", iban, "--email", f"service@{key}.example"]
            first.must(("creditor", "add", key, "--name", name, *details))
        imported = self._next_stage(first, "imported")
        as_of, profile = BEFORE[0].isoformat(), str(self.shared / "profile.yaml")
        for key, file in files.items():
            words = ("import", "claims", str(file), "--creditor", key, "--mapping", profile, "--as-of", as_of)
            imported.must(words, now=f"{as_of}T05:00:00")
        before = self._next_stage(imported, "before")
        for day in BEFORE:
            before.must(("run", "daily", "--date", day.isoformat()), now=f"{day}T06:00:00")
            before.must(("send", "--once", "--at", f"{day}T10:00:00"))
        held = before.rows("SELECT id FROM claims_case WHERE id % 13 = 5 ORDER BY id")
        before.must_call("tests.crash.acts:hold", {"case_ids": [case_id for (case_id,) in held], "day": BEFORE[1].isoformat()})
        run = self._next_stage(before, "run")
        run.must(*RUN, now=NOW)
        cases = run.rows(_PAYING, "nordlicht")
        for name in ("statement.sta", "statement.xml"):
            portfolio.write_statement(self.shared / name, "nordlicht", cases)
        self._next_stage(run, "paid").must(("import", "statement", str(self.shared / "statement.sta")), now=PAID)
        doubt = self._next_stage(run, "doubt")
        self.log.manners = ["hang up", "hang up before"]
        doubt.must(*SEND, askable=False)

    def _next_stage(self, previous: Experiment, name: str) -> Experiment:
        shutil.copytree(previous.home, self.shared / name)
        admin(f"CREATE DATABASE crash_{self.tag}_{name} TEMPLATE {previous.database} STRATEGY wal_log")
        self.log.begin(self.shared / name / "mail")
        return Experiment(self, f"crash_{self.tag}_{name}", self.shared / name)


@dataclass(slots=True)
class Experiment:
    """A database and a data folder of its own.

    `server` is the home of its server and `address` how to connect to it, if it is not the server of the test run.
    """

    house: House
    database: str
    home: Path
    day: date = DAY
    server: str = ""
    address: str = ""

    @property
    def conninfo(self) -> str:
        """How to connect to its database."""
        return self.address or database.conninfo(self.database)

    def order(self, *commands: Sequence[str], now: str = NOW, askable: bool = True, failpoint: str = "", trace: str = "") -> Order:
        """Commands on this experiment. `askable`: mail goes to the local inbox, which can be asked for a key, else to plain SMTP."""
        url = f"{'inbox' if askable else 'smtp'}://{self.house.log.url}"
        return Order(self.database, str(self.home), commands, now=now, smtp_url=url, failpoint=failpoint, trace=trace, server=self.server)

    def start(self, *commands: Sequence[str], **options: Any) -> Running:
        """Begin commands in a process of their own."""
        return self.house.warm.start(self.order(*commands, **options))

    def run(self, *commands: Sequence[str], **options: Any) -> Ended:
        """Carry out commands in a process of their own, to their end or death."""
        return self.start(*commands, **options).wait()

    def must(self, *commands: Sequence[str], **options: Any) -> Ended:
        """Carry out commands that must succeed."""
        ended = self.run(*commands, **options)
        assert ended.code == 0, f"{commands} ended with {ended.code}:\n{ended.output}"
        return ended

    def call(self, function: str, arguments: dict[str, Any], **options: Any) -> Ended:
        """Call a function ``module:name`` in a process of its own."""
        return self.house.warm.run(replace(self.order(**options), call=function, arguments=arguments))

    def must_call(self, function: str, arguments: dict[str, Any], **options: Any) -> None:
        """Call a function that must succeed."""
        ended = self.call(function, arguments, **options)
        assert ended.code == 0, f"{function} ended with {ended.code}:\n{ended.output}"

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Read from the database."""
        with psycopg.connect(self.conninfo) as session:
            return session.execute(query, arguments or None).fetchall()

    def execute(self, statement: str) -> None:
        """Change something behind the product's back."""
        with psycopg.connect(self.conninfo) as session:
            session.execute(statement)

    def state(self, *, without: dict[str, tuple[str, ...]] | None = None) -> State:
        """Everything that must be equal in the end. `without` names columns that may differ in this experiment."""
        self.house.log.settle()
        letters = {str(file.relative_to(self.home)): file.read_bytes() for file in sorted((self.home / "letters").rglob("*.pdf"))}
        return State(self._tables(without or {}), dict(self.house.log.accepted), letters)

    def _tables(self, without: dict[str, tuple[str, ...]]) -> dict[str, Counter[str]]:
        with psycopg.connect(self.conninfo) as session:
            listed = session.execute(
                "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
                " AND NOT c.relname LIKE ANY(%s) GROUP BY 1 ORDER BY 1",
                [list(_NOT_OURS)],
            ).fetchall()
            found = {}
            for table, columns in listed:
                dropped = ["id"] * (table in _ID_OF_NOBODY) + [*_LEGITIMATE.get(table, ()), *without.get(table, ())]
                names = "".join(name for column, name in _NAMED.items() if column in columns)
                rows = session.execute(f'SELECT ((to_jsonb(t) - %s::text[]){names})::text FROM "{table}" t', [dropped]).fetchall()
                found[table] = Counter(row for (row,) in rows)
        return found

    def rewind(self) -> None:
        """Wait until the server has noticed that a client is dead, and let ids continue where the committed rows end.

        So a repeated transaction draws the ids that the killed one had, and the states can be compared literally.
        """
        with psycopg.connect(self.conninfo, autocommit=True) as session:
            while session.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone() != (0,):
                time.sleep(0.005)
            session.execute(_REWIND)

    def drop(self) -> None:
        """Remove the copy; the server does it while the next experiment goes on."""
        self.house.removals.submit(admin, f"DROP DATABASE {self.database} WITH (FORCE)")
        shutil.rmtree(self.home)


_PAYING = """
SELECT c.reference, k.external_id, k.principal_cents FROM claims_claim k JOIN claims_case c ON c.id = k.case_id
JOIN claims_creditor r ON r.id = k.creditor_id WHERE r.key = %s AND c.step <> '' AND c.state = 'open' ORDER BY k.id"""
_REWIND = """
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT table_name AS t, column_name AS c, pg_get_serial_sequence(quote_ident(table_name), column_name) AS s
    FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'
  LOOP EXECUTE format('SELECT setval(%L, coalesce(max(%I), 0) + 1, false) FROM %I', r.s, r.c, r.t);
  END LOOP;
END $$"""


def _remove_leftovers() -> None:
    """Drop what earlier test runs left on this server: their prepared stages, and copies of experiments that failed."""
    with psycopg.connect(database.conninfo("postgres"), autocommit=True) as session:
        for (name,) in session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'crash\\_%'").fetchall():
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def admin(statement: str) -> None:
    """A statement on the server's own database."""
    with psycopg.connect(database.conninfo("postgres"), autocommit=True) as session:
        session.execute(statement)


def listed(found: Sequence[str]) -> str:
    """The first findings, for the message of an assertion."""
    return "\n".join(line[:500] for line in found[:25]) + (f"\n… and {len(found) - 25} more" if len(found) > 25 else "")


def passed(trace: Path) -> list[str]:
    """The lines of a trace, in order."""
    return trace.read_text(encoding="ascii").splitlines()


def report(ended: Ended) -> dict[str, Any]:
    """The JSON a command printed."""
    return dict(json.loads(ended.output.strip().splitlines()[-1]))


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
