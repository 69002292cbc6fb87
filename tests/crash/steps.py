"""The steps that are killed: each a command or an act of a person, with the stage it begins at and its unbroken end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.crash.house import CHECK, NOW, PAID, Experiment, House, State, passed
from tests.crash.portfolio import BEFORE, DAY
from tests.crash.warm import Ended
from tests.crash.writes import COMMIT, WRITE


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done. `commands` or `call` (a function ``module:name``), `askable` mail or plain SMTP (see `Experiment`).

    `draws`: columns that hold a fresh random number each time, so that they may differ. `rewinds`: ids are mentioned in the state, so the
    counters are set back after a kill. `torn`: a fail point of `commands` at which a process died before this step. `prelude`: a
    statement that prepares the experiment.
    """

    name: str
    stage: str
    commands: tuple[Sequence[str], ...] = ()
    call: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    now: str = NOW
    askable: bool = True
    draws: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rewinds: bool = False
    torn: str = ""
    manners: tuple[str, ...] = ()
    prelude: str = ""

    def begin(self, house: House) -> Experiment:
        """A fresh experiment where this step begins."""
        one = house.copy(self.stage)
        if not self.askable:
            house.log.begin(None)
        house.log.manners = list(self.manners)
        if self.prelude:
            one.execute(self.prelude)
        if self.torn:
            assert self.perform(one, failpoint=self.torn).killed, f"{self.name}: nothing died at {self.torn}"
            house.log.settle()
        return one

    def perform(self, one: Experiment, *, failpoint: str = "", trace: str = "", check: bool = False) -> Ended:
        """Do it once; with `check` the books are checked right after, by the same process."""
        if self.call:
            ended = one.call(self.call, dict(self.arguments), failpoint=failpoint, trace=trace)
            return one.run(CHECK) if check and ended.code == 0 else ended
        commands = (*self.commands, CHECK) if check else self.commands
        return one.run(*commands, now=self.now, askable=self.askable, failpoint=failpoint, trace=trace)

    def state(self, one: Experiment) -> State:
        """What must be equal in the end."""
        return one.state(without=dict(self.draws))


@dataclass(frozen=True, slots=True)
class Unbroken:
    """The end of a step that nobody killed, and the trace of what it passed and wrote."""

    state: State
    trace: tuple[str, ...]
    seconds: float

    @property
    def points(self) -> dict[str, int]:
        """The fail points it passed, in order of their first pass, and how often."""
        counts: dict[str, int] = {}
        for line in self.trace:
            if not line.startswith((WRITE, COMMIT)):
                counts[line] = counts.get(line, 0) + 1
        return counts

    def unfenced(self) -> list[str]:
        """Writes or commits that follow another, or begin or end the step, without a fail point between."""
        found, last = [], "start"
        for line in (*self.trace, "end"):
            writing = line.startswith((WRITE, COMMIT)) or line == "end"
            if writing and last and not (line == "end" and last == "start"):
                found.append(f"{last} → {line}")
            last = line if writing else ""
        return found


def unbroken(house: House, step: Step) -> Unbroken:
    """Do a step without killing anything, once per test process."""
    known: Unbroken | None = house.known.get(step.name)
    if known is None:
        one = step.begin(house)
        trace = house.own / f"{one.database}.trace"
        ended = step.perform(one, trace=str(trace))
        assert ended.code == 0, f"{step.name} ended with {ended.code}:\n{ended.output}"
        known = house.known[step.name] = Unbroken(step.state(one), tuple(passed(trace)), ended.seconds)
        one.drop()
    return known


def kill_and_repeat(house: House, step: Step, failpoint: str) -> list[str]:
    """Kill a step at a fail point, do it again, check the books; returns what is different from the unbroken end."""
    expected = unbroken(house, step).state
    one = step.begin(house)
    first = step.perform(one, failpoint=failpoint)
    found = [] if first.killed else [f"was not killed but ended with {first.code}: {first.output[-600:]}"]
    if step.rewinds:
        one.rewind()
    again = step.perform(one, check=True)
    if again.code:
        found.append(f"the second time ended with {again.code}: {again.output[-1500:]}")
    found += expected.differences(step.state(one))
    one.drop()
    return [f"{step.name} killed at {failpoint}: {line[:600]}" for line in found]


def every_point(house: House, step: Step, *, only: frozenset[str] | None = None, last: Collection[str] = ()) -> list[str]:
    """Each fail point of a step at its first pass (of `only` these points), and those in `last` at their last pass too."""
    chosen = {name: count for name, count in unbroken(house, step).points.items() if only is None or name in only}
    return [*chosen, *(f"{name}:{count}" for name, count in chosen.items() if count > 1 and name in last)]


FIRST_RUN_STEP = Step(
    "first run", "imported", (("run", "daily", "--date", BEFORE[0].isoformat()),), now=f"{BEFORE[0]}T06:00:00", rewinds=True
)
"""The first run of an installation: it saves the playbook and makes the first month of the diary."""

RUN_STEP = Step("run", "before", (("run", "daily", "--date", DAY.isoformat()),))
SHADOW_STEP = Step("shadow run", "before", (("run", "daily", "--date", DAY.isoformat(), "--shadow"),))
SEND_STEP = Step("send", "run", (("send", "--once", "--at", f"{DAY}T10:00:00"),))
SMTP_STEP = Step("send by plain SMTP", "run", SEND_STEP.commands, askable=False)
TORN_INBOX_STEP = Step("recover with an inbox", "run", SEND_STEP.commands, torn="send.before_commit_sent")
TORN_BEFORE_STEP = Step("recover what never left", "run", SEND_STEP.commands, torn="smtp.before_data")
TORN_SMTP_STEP = Step("recover by plain SMTP", "run", SEND_STEP.commands, askable=False, torn="send.after_gateway")
LATE_STEP = Step("send too late", "run", (("send", "--once", "--at", f"{DAY + timedelta(days=9)}T10:00:00"),))
NIGHT_STEP = Step("send at night", "run", (("send", "--once", "--at", f"{DAY}T22:30:00"),))
RUDE_STEP = Step(
    "send to a rude server",
    "run",
    SEND_STEP.commands,
    askable=False,
    manners=("refuse", "busy", "hang up", "hang up before"),
    draws={"contact_message": ("not_before",)},
)
UNPRINTABLE_STEP = Step(
    "send what cannot be printed",
    "run",
    SEND_STEP.commands,
    prelude="UPDATE claims_creditor SET iban = 'DE25680501010002020202' WHERE key = 'nordlicht'",
)


def statement_step(name: str, file: Path) -> Step:
    """A bank statement comes in."""
    return Step(f"statement {name}", "run", (("import", "statement", str(file)),), now=PAID, rewinds=True)


def ahead_step(file: Path) -> Step:
    """A bank statement comes in and is booked while a process of its own still reads it. All in one piece: the ids of several are drawn by
    two connections at once."""
    return Step(f"statement {file.name} ahead", "run", call="tests.crash.acts:take_ahead", arguments={"file": str(file)}, rewinds=True)


def claims_step(name: str, stage: str, file: Path, profile: Path) -> Step:
    """A file of claims comes in. New cases draw their reference and public number."""
    words = ("import", "claims", str(file), "--creditor", "nordlicht", "--mapping", str(profile), "--as-of", BEFORE[0].isoformat())
    drawn = {"claims_case": ("reference", "public_id", "bucket"), "claims_debtor": ("public_id",)}
    return Step(f"claims {name}", stage, (words,), now=f"{BEFORE[0]}T05:00:00", rewinds=True, draws=drawn)


def act_step(name: str, stage: str) -> Step:
    """A person does something. A new debtor draws a public number, a new way in its token."""
    drawn = {"claims_debtor": ("public_id",), "contact_portallink": ("token_hash",)} if name == "join" else {}
    return Step(name, stage, call=f"tests.crash.acts:{name}", rewinds=True, draws=drawn)


def agreement_step(name: str) -> Step:
    """Something that happens with agreements. Each draws its public number."""
    return Step(name, "run", call=f"tests.crash.agreement_acts:{name}", rewinds=True, draws={"payments_agreement": ("public_id",)})


def money_out_step(name: str, stage: str) -> Step:
    """Something that happens with money of creditors."""
    return Step(name, stage, call=f"tests.crash.money_out_acts:{name}", rewinds=True)


def debit_step(name: str) -> Step:
    """Something that happens with direct debits and refunds. Mandates, files and refunds draw their public number."""
    drawn = dict.fromkeys(("payments_mandate", "payments_orderfile", "payments_refundproposal"), ("public_id",))
    return Step(name, "run", call=f"tests.crash.debit_acts:{name}", rewinds=True, draws=drawn)


def checkout_step(name: str) -> Step:
    """Something that happens with payments through a provider. Each payment draws its public number, which its other names repeat."""
    drawn: dict[str, tuple[str, ...]] = {"payments_checkout": ("public_id", "refs"), "payments_providerpayout": ("lines",)}
    drawn |= {"payments_providerevent": ("refs",)}
    if name in ("card_money_goes_back", "settlement_file_comes"):  # our own numbers come back in what the provider says
        drawn |= {"payments_refundproposal": ("public_id",), "payments_providerevent": ("refs", "notice", "event_id")}
    return Step(name, "run", call=f"tests.crash.checkout_acts:{name}", rewinds=True, draws=drawn)
