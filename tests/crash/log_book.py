"""The outbox against the log of the mail server and the folder of letters; and the person who resolves what is in doubt."""

from __future__ import annotations

from collections import Counter

from tests.crash.house import Experiment, House
from tests.crash.steps import SMTP_STEP, Step, unbroken

_TOLD_BY_A_PERSON = {
    "contact_message": (
        *("sent_at", "sending_at", "provider_key", "error", "not_before"),
        *("body_text", "body_html", "document", "document_sha256"),
    ),
    "claims_caseevent": (),
    "contact_portallink": (),
    "claims_case": ("revision",),
}
"""What differs once a person has decided about a message: its key, its link and times, and lines in the timeline (all of a table: `()`)."""


def told_by_a_person(house: House, one: Experiment, step: Step) -> list[str]:
    """A person looks at the mail server's log for each message in doubt, then the worker goes on; returns what is not as it should be."""
    one.must_call("tests.crash.acts:resolve", {"delivered": sorted(house.log.accepted)})
    found = [] if step.perform(one, check=True).code == 0 else ["the worker or the books failed after a person had decided"]
    found += against_the_log(one)
    return found + unbroken(house, SMTP_STEP).state.without(_TOLD_BY_A_PERSON).differences(one.state().without(_TOLD_BY_A_PERSON))


def against_the_log(one: Experiment) -> list[str]:
    """What the outbox says against what the mail server took and what lies in the folder of letters. Each at most once."""
    house = one.house
    house.log.settle()
    delivered = Counter(house.log.accepted)
    found = [f"{key} was delivered {number} times" for key, number in delivered.items() if number > 1]
    letters = {file.stem for file in (one.home / "letters").rglob("*.pdf")}
    for key, channel, state in one.rows("SELECT provider_key, channel, state FROM contact_message WHERE day = %s", one.day):
        arrived = key in (letters if channel == "letter" else delivered)
        if state == "sending":
            found.append(f"{key} is stuck in sending")
        elif arrived and state not in {"sent", "unknown"}:
            found.append(f"{key} was delivered but is {state}")
        elif state == "sent" and not arrived and key.partition("~")[0] not in delivered:
            found.append(f"{key} is sent but never arrived")
    return found
