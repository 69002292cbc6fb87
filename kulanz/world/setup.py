"""What stands before the first simulated day: creditors, their profiles, and people at the desk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from kulanz.claims.commands import add_creditor
from kulanz.claims.commands.user import add_user
from kulanz.claims.models import Creditor, Role
from kulanz.payments.commands.direct_debits import set_collector
from kulanz.world.firms import FIRMS, NORDLICHT, PAPIERGARTEN

PASSWORD: Final = "kulanz-demo-2026"  # noqa: S105  (printed for everyone: the demo's data belong to nobody)
"""The password of all demo logins. Only `kulanz demo` creates them, in a data folder of its own."""

SMALL_REST_CENTS: Final = 250
"""Interest up to this is waived after a payment: both firms chase nobody for less than a reminder costs."""

COLLECTOR_ID: Final = "DE98ZZZ09999999999"
"""The creditor identifier that the German central bank publishes for tests; both firms collect with it."""

LOGINS: Final = (
    ("anna.agentin", Role.AGENT, (NORDLICHT.key,)),
    ("papiergarten", Role.AGENT, (PAPIERGARTEN.key,)),
    ("lena.leitung", Role.LEAD, (NORDLICHT.key, PAPIERGARTEN.key)),
    ("admin", Role.ADMIN, ()),
)


def add_creditors() -> dict[str, Creditor]:
    """The creditors of the world, by key."""
    found = {}
    for firm in FIRMS:
        details = dict(firm.details)
        found[firm.key] = add_creditor(
            key=firm.key, name=details.pop("name"), iban=details.pop("iban"), small_rest_cents=SMALL_REST_CENTS, **details
        )
        set_collector(found[firm.key], COLLECTOR_ID)
    return found


def add_logins() -> None:
    """The people at the desk."""
    for username, role, creditor_keys in LOGINS:
        add_user(username, PASSWORD, role=role, creditor_keys=list(creditor_keys))


def lay_out_profiles(home: Path) -> None:
    """The firms' mapping profiles, where the upload page finds them."""
    target = home / "profiles"
    target.mkdir(parents=True, exist_ok=True)
    for firm in FIRMS:
        shutil.copyfile(firm.profile_file, target / firm.profile_file.name)
