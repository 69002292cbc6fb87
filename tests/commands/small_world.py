"""A small world for tests: it lives its days with a real mail server on this machine and letters in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kulanz.contact.sending.gateways.base import Gateway
from kulanz.contact.sending.gateways.inbox import LocalInboxGateway
from kulanz.contact.sending.gateways.letters import LetterFolder
from kulanz.world import truth
from kulanz.world.fingerprint import fingerprint
from kulanz.world.mail import mail_server
from kulanz.world.mail_process import free_port
from kulanz.world.setup import add_creditors
from kulanz.world.simulation import Simulation
from kulanz.world.state import Plan, World, moment, populate

LAST_DAY = date(2026, 9, 30)
DEBTORS, DAYS, SEED = 30, 40, 11


@dataclass(frozen=True)
class Lived:
    """A world that has lived, and where it kept its truth."""

    world: World
    home: Path
    counts: Counter[str]
    fingerprint: str

    @property
    def facts(self) -> list[dict[str, Any]]:
        return list(truth.read(self.home / "world" / "truth.jsonl"))


def live(home: Path, *, debtors: int = DEBTORS, days: int = DAYS, seed: int = SEED) -> Lived:
    """Build a world with a real mail server on this machine and letters in a folder."""
    (home / "world").mkdir(parents=True)
    port = free_port()
    plan = Plan.ending(LAST_DAY, days=days, debtors=debtors, seed=seed)
    with mail_server(home / "mail", port=port) as _:
        ways: Mapping[str, Gateway] = {
            "email": LocalInboxGateway(f"inbox://127.0.0.1:{port}", home / "mail"),
            "letter": LetterFolder(home / "letters"),
        }
        world = populate(plan, add_creditors(), home / "world", ways, latest=moment(LAST_DAY, 9))
        counts = Simulation(world).run()
        for way in ways.values():
            way.close()
    return Lived(world, home, counts, fingerprint())
