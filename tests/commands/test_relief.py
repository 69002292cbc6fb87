"""Giving something up: alone up to a limit, above it with a second person."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.relief import Relief, decide_proposal, relieve
from kulanz.claims.errors import NothingToBook, SecondPersonNeeded
from kulanz.claims.models import Case, Claim, Proposal
from kulanz.ledger.components import Component
from kulanz.ledger.queries import audit
from tests.factories import DAY, NOW, claim

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 1)


def _relief(owed: Claim, kind: str, cents: int = 0, component: Component = Component.PRINCIPAL, key: str = "r1") -> Relief:
    return Relief(owed.id, kind, ON, "Paket verloren", key, cents, component)


def _open(owed: Claim) -> int:
    return open_amounts([owed.case_id], DAY)[owed.case_id][0].total_cents


def test_a_small_waiver_is_booked_at_once_and_only_once() -> None:
    owed = claim()
    for _ in range(2):
        assert relieve(_relief(owed, "waiver", 2_000), actor="anna", day=DAY, now=NOW) is None
    assert _open(owed) == 6_490
    assert audit().findings == ()


def test_above_the_limit_nothing_is_booked_until_a_second_person_agrees() -> None:
    owed = claim()
    proposal = relieve(_relief(owed, "credit_note", 6_000), actor="anna", day=DAY, now=NOW)
    assert proposal is not None
    assert _open(owed) == 8_490
    with pytest.raises(SecondPersonNeeded):
        decide_proposal(proposal.id, agree=True, actor="anna", day=DAY, now=NOW)
    decide_proposal(proposal.id, agree=True, actor="ben", day=DAY, now=NOW)
    assert _open(owed) == 2_490
    decide_proposal(proposal.id, agree=True, actor="carla", day=DAY, now=NOW)
    assert _open(owed) == 2_490


def test_a_refused_proposal_changes_nothing() -> None:
    owed = claim()
    proposal = relieve(_relief(owed, "write_off"), actor="anna", day=DAY, now=NOW)
    assert proposal is not None
    decide_proposal(proposal.id, agree=False, actor="ben", day=DAY, now=NOW)
    assert _open(owed) == 8_490


def test_a_written_off_claim_settles_its_case() -> None:
    owed = claim()
    proposal = relieve(_relief(owed, "write_off"), actor="anna", day=DAY, now=NOW)
    assert proposal is not None
    decide_proposal(proposal.id, agree=True, actor="ben", day=DAY, now=NOW)
    assert Case.objects.get(id=owed.case_id).state == "settled"


def test_the_database_itself_refuses_that_one_person_asks_and_decides() -> None:
    owed = claim()
    proposal = relieve(_relief(owed, "write_off"), actor="anna", day=DAY, now=NOW)
    assert proposal is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(id=proposal.id).update(decided_by="anna")


def test_nothing_open_cannot_be_waived() -> None:
    owed = claim()
    with pytest.raises(NothingToBook):
        relieve(_relief(owed, "waiver", 500, Component.DUNNING_FEE), actor="anna", day=DAY, now=NOW)
