"""The facts of a case as the ledger holds them, ready to be replayed: entries read back as what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kulanz.claims.accounts import interest_terms_of
from kulanz.claims.models import Claim
from kulanz.ledger.components import Component
from kulanz.ledger.models import EntryKind, Posting
from kulanz.ledger.replay import ClaimTerms, Fact, FactKind, Lines

_KINDS = {
    EntryKind.CLAIM_OPENED: FactKind.OPENED,
    EntryKind.CHARGE: FactKind.CHARGE,
    EntryKind.CREDIT_NOTE: FactKind.CREDIT_NOTE,
    EntryKind.WAIVER: FactKind.WAIVER,
    EntryKind.WRITE_OFF: FactKind.WRITE_OFF,
    EntryKind.PAYMENT: FactKind.PAYMENT,
    EntryKind.ASSIGNMENT: FactKind.PAYMENT,
    EntryKind.CHARGEBACK: FactKind.CHARGEBACK,
    EntryKind.REFUND: FactKind.REFUND,
}
BROUGHT_IN = "import:"
"""Entries whose key begins so were booked when the claim came in: they tell what happened before, and stay as they are."""


@dataclass(slots=True)
class Story:
    """One case: its claims' terms, its facts in order of booking, and what is booked for each (`booked`, `interest` by claim and day)."""

    tenant_id: int
    country: str
    currency: str
    terms: list[ClaimTerms] = field(default_factory=list)
    account_of: dict[int, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    booked: dict[str, Lines] = field(default_factory=dict)
    interest: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))
    entry_by_key: dict[str, int] = field(default_factory=dict)
    next_order: int = 1

    def opened_on(self, claim_id: int) -> date:
        """The day from which a claim exists; never for one the ledger does not know."""
        return min((f.on for f in self.facts if f.kind is FactKind.OPENED and f.claim_id == claim_id), default=date.max)


def terms_of(claim: Claim) -> ClaimTerms:
    """A claim as the replay takes it."""
    return ClaimTerms(claim.id, claim.due_on, claim.first_interest_day, interest_terms_of(claim))


def read_stories(case_ids: Sequence[int]) -> dict[int, Story]:
    """The stories of the cases; two queries for all of them."""
    stories: dict[int, Story] = {}
    of_account: dict[int, tuple[Story, int]] = {}
    for claim in Claim.objects.filter(case_id__in=case_ids).select_related("creditor").order_by("id"):
        story = stories.setdefault(claim.case_id, Story(claim.creditor_id, claim.creditor.country.lower(), claim.currency))
        story.terms.append(terms_of(claim))
        story.account_of[claim.id] = claim.account_id
        of_account[claim.account_id] = (story, claim.id)
    rows = (
        Posting.objects.filter(account_id__in=of_account)
        .order_by("entry_id", "id")
        .values(
            "account_id", "component", "amount_cents", "entry_id", "entry__kind", "entry__occurred_on",
            "entry__idempotency_key", "entry__reverses_id", "entry__corrects_id", "entry__asked",
        )
    )  # fmt: skip
    entries: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        story, claim_id = of_account[row["account_id"]]
        entries[id(story), row["entry_id"]].append(row | {"claim_id": claim_id})
    by_identity = {id(story): story for story in stories.values()}
    for (identity, entry_id), lines in entries.items():
        _tell(by_identity[identity], entry_id, lines)
    for story in stories.values():
        _drop_undone(story)
    return stories


def _tell(story: Story, entry_id: int, lines: list[dict[str, Any]]) -> None:
    """Turn one entry back into a fact, or add it to the fact it corrects."""
    first = lines[0]
    kind, on, key = EntryKind(first["entry__kind"]), first["entry__occurred_on"], str(entry_id)
    story.entry_by_key[first["entry__idempotency_key"]] = entry_id
    moves: Lines = defaultdict(int)
    for line in lines:
        moves[line["claim_id"], Component(line["component"])] += line["amount_cents"]
    if kind is EntryKind.INTEREST:
        for (claim_id, _), cents in moves.items():
            story.interest[claim_id, on] += cents
        return
    if first["entry__corrects_id"]:
        corrected = story.booked.setdefault(str(first["entry__corrects_id"]), {})
        for move, cents in moves.items():
            corrected[move] = corrected.get(move, 0) + cents
        return
    story.booked[key] = {move: cents for move, cents in moves.items() if cents}
    story.facts.append(_fact(kind, on, key, story.next_order, first, moves))
    story.next_order += 1


def _fact(kind: EntryKind, on: date, key: str, order: int, row: dict[str, Any], moves: Lines) -> Fact:
    claim_id, component = next(iter(moves))
    of = str(row["entry__reverses_id"] or "")
    if of and kind is EntryKind.REVERSAL:
        return Fact(key, FactKind.CHARGEBACK, on, order, of=of)
    if row["entry__idempotency_key"].startswith(BROUGHT_IN) or kind not in _KINDS:
        brought = tuple((claim, part, cents) for (claim, part), cents in moves.items())
        return Fact(key, FactKind.HISTORY, on, order, moves=brought)
    fact_kind, asked = _KINDS[kind], row["entry__asked"]
    cents = asked.get("cents", abs(sum(moves.values())))
    if fact_kind is FactKind.PAYMENT:
        return Fact(key, fact_kind, on, order, cents, choice=tuple(asked.get("choice", ())))
    if fact_kind is FactKind.CHARGEBACK:
        return Fact(key, fact_kind, on, order, of=of)
    return Fact(key, fact_kind, on, order, cents, asked.get("claim", claim_id), Component(asked.get("component", component)))


def _drop_undone(story: Story) -> None:
    """An assignment that was undone for its own day never happened: it and its mirror leave the story."""
    by_key = {fact.key: fact for fact in story.facts}
    undone = {
        key
        for fact in story.facts
        if fact.kind is FactKind.CHARGEBACK and fact.of in by_key and by_key[fact.of].on == fact.on
        for key in (fact.key, fact.of)
    }
    story.facts = [fact for fact in story.facts if fact.key not in undone]
    for key in undone:
        story.booked.pop(key, None)
