"""The virtual clock: it drives the real commands day by day, in the order in which a day happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from kulanz.runs.daily import run_day
from kulanz.world.agents import agents_work
from kulanz.world.bank_day import bank_evening
from kulanz.world.debit_day import hand_in_files
from kulanz.world.intake_desk import bring_statements, hand_in_invoices
from kulanz.world.life import customers_live, post_arrives
from kulanz.world.senders import SecondWorker, send_all
from kulanz.world.state import World, receive_invoices

Progress = Callable[[date, Counter[str]], None]
_RUN_AT: Final = (7, 30)
_SEND_AT: Final = (8, 30)
_SUNDAY: Final = 7


@dataclass(slots=True)
class Simulation:
    """A world, its second send worker if it has one, and what was counted so far."""

    world: World
    second: SecondWorker | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, progress: Progress | None = None) -> Counter[str]:
        """Run all days of the plan; the truth is written after each."""
        day = self.world.plan.first_day
        while day <= self.world.plan.last_day:
            if day < self.world.plan.last_day:
                self._whole_day(day)
            else:
                self._last_morning(day)
            self.world.truth.flush()
            if progress:
                progress(day, self.counts)
            day += timedelta(days=1)
        return self.counts

    def _whole_day(self, day: date) -> None:
        world = self.world
        for branch in world.branches:
            receive_invoices(world, branch, day)
            self.counts["statements"] += bring_statements(world, branch, day)
            self.counts["claims"] += hand_in_invoices(world, branch, day)
        self._decide(day)
        hand_in_files(world, day)
        sent, lost = send_all(world.gateways, self.second, now=world.at(day, *_SEND_AT), seed=world.seed)
        self.counts["sent"] += sent
        self.counts["not_sent"] += lost
        post_arrives(world, day)
        agents_work(world, day)
        customers_live(world, day)
        for branch in world.branches:
            bank_evening(world, branch, day)

    def _last_morning(self, day: date) -> None:
        """The visitor's own day: the run is done, its messages wait in the outbox for the send worker that runs from now on."""
        for branch in self.world.branches:
            receive_invoices(self.world, branch, day)
            self.counts["statements"] += bring_statements(self.world, branch, day)
        self._decide(day)

    def _decide(self, day: date) -> None:
        """The daily run, on every day but Sundays, when nobody is written to anyway."""
        if day.isoweekday() == _SUNDAY and day != self.world.plan.last_day:
            return
        summary = run_day(day, shadow=False, engine="local", now=self.world.at(day, *_RUN_AT))
        self.counts["queued"] += int(summary.counts.get("queued", 0))
        self.counts["cases"] = int(summary.counts.get("cases", 0))
