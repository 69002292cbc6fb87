"""Booking on the accounts of a case: money, charges, credit notes, waivers, write-offs, chargebacks, refunds.

Every booking goes the same way: read the facts the ledger holds, add the new one, replay the story (`ledger.replay`), and post what
differs from what is booked: the new entry, interest that had to be claimed for it, and corrections of entries whose distribution a
back-dated fact has changed. Nothing is ever rewritten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from kulanz.claims.errors import NothingToBook, NothingToReturn
from kulanz.claims.story import Story, read_stories
from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.ledger.replay import Fact, FactKind, Lines, Replayed, differences, replay

OwnAccount = Callable[[int, AccountKind, str], int]
"""Looks up a tenant's own account; asked once for each account within one booking."""

_ENTRY_KIND = {
    FactKind.CHARGE: EntryKind.CHARGE,
    FactKind.CREDIT_NOTE: EntryKind.CREDIT_NOTE,
    FactKind.WAIVER: EntryKind.WAIVER,
    FactKind.WRITE_OFF: EntryKind.WRITE_OFF,
    FactKind.PAYMENT: EntryKind.PAYMENT,
    FactKind.CHARGEBACK: EntryKind.CHARGEBACK,
    FactKind.REFUND: EntryKind.REFUND,
}
_AGAINST = {
    FactKind.CHARGE: AccountKind.INCOME,
    FactKind.CREDIT_NOTE: AccountKind.INCOME,
    FactKind.WAIVER: AccountKind.INCOME,
    FactKind.WRITE_OFF: AccountKind.WRITE_OFF,
    FactKind.PAYMENT: AccountKind.SUSPENSE,
    FactKind.CHARGEBACK: AccountKind.SUSPENSE,
    FactKind.REFUND: AccountKind.SUSPENSE,
}


@dataclass(frozen=True, slots=True)
class NewFact:
    """One fact to be booked on a case. `key` makes it once-only; `entry_kind` if not the usual one of its kind.

    `payment_entry_id` names the payment a chargeback returns. `against` is the tenant's account on the other side if not the usual
    one of the kind: money through a payment provider stands on the provider's account until it is paid out.
    """

    case_id: int
    kind: FactKind
    on: date
    key: str
    source: str
    cents: int = 0
    claim_id: int | None = None
    component: Component = Component.PRINCIPAL
    choice: tuple[int, ...] = ()
    payment_entry_id: int | None = None
    entry_kind: EntryKind | None = None
    against: AccountKind | None = None


def book(facts: Sequence[NewFact], *, now: datetime) -> list[int]:
    """Book facts, several a case in the order given, and return their entries' ids. The caller holds the cases (`touch`).

    Money that came before the first claim of its case was issued, or before an invoice the payer named, counts from that day on.
    """
    ids: dict[str, int] = {}
    waiting = list(facts)
    while waiting:
        turn: dict[int, NewFact] = {}
        later = [fact for fact in waiting if turn.setdefault(fact.case_id, fact) is not fact]
        ids |= _book_one_each(list(turn.values()), now=now)
        waiting = later
    return [ids[fact.key] for fact in facts]


def recompute(case_ids: Iterable[int], *, reason: str, key: str, now: datetime) -> int:
    """Post what the ledger lacks compared with the replayed story of each case; returns how many entries that took.

    Needed when terms changed, e.g. when default turned out to have begun earlier. `key` makes it once-only, `reason` is the source.
    """
    entries: list[NewEntry] = []
    own = cache(tenant_account)
    for case_id, story in read_stories(list(case_ids)).items():
        wanted = replay(story.terms, story.facts, country=story.country)
        entries += _corrections(story, differences(story.booked, wanted.lines), f"{key}:{case_id}", reason, own)
        entries += _interest(story, wanted, f"{key}:{case_id}", own)
    fp("account.before_recompute")
    post(entries, now=now)
    fp("account.after_recompute")
    return len(entries)


def _book_one_each(facts: Sequence[NewFact], *, now: datetime) -> dict[str, int]:
    """One new fact a case: two reads for all of them, one write."""
    stories = read_stories([fact.case_id for fact in facts])
    own = cache(tenant_account)
    ids: dict[str, int] = {}
    entries: list[NewEntry] = []
    for fact in facts:
        story = stories[fact.case_id]
        if fact.key in story.entry_by_key:
            ids[fact.key] = story.entry_by_key[fact.key]
        else:
            entries += _entries(story, fact, own)
    fp("account.before_post")
    posted = post(entries, now=now)
    fp("account.after_post")
    return ids | {entry.idempotency_key: entry_id for entry, entry_id in zip(entries, posted, strict=True)}


def _entries(story: Story, new: NewFact, own: OwnAccount) -> list[NewEntry]:
    """Everything one new fact has to book, interest first, so that the ledger reads in the order the law thinks."""
    issued = [fact.on for fact in story.facts if fact.kind is FactKind.OPENED]
    named = [day for claim_id in new.choice if (day := story.opened_on(claim_id)) < date.max]
    on = max([new.on, *([min(issued)] if issued else []), *named])
    of = str(new.payment_entry_id) if new.payment_entry_id else ""
    original = next((fact for fact in story.facts if fact.key == of), None)
    if of and original is None:
        raise NothingToReturn
    undone = original is not None and original.on == on
    fact = Fact("new", new.kind, on, story.next_order, new.cents, new.claim_id, new.component, new.choice, of)
    if undone:  # for its own day: what was booked leaves the story, and so does everything it had moved
        lines = {line: -cents for line, cents in story.booked.pop(of).items() if cents}
        wanted = replay(story.terms, [known for known in story.facts if known.key != of], country=story.country)
        missing = differences(story.booked, wanted.lines)
    else:
        wanted = replay(story.terms, [*story.facts, fact], country=story.country)
        missing = differences(story.booked, wanted.lines)
        lines = missing.pop("new", {})
    side = original.kind if original is not None and undone else new.kind
    against = own(story.tenant_id, new.against or _AGAINST[side], story.currency)
    main = NewEntry(
        story.tenant_id,
        on,
        new.entry_kind or _ENTRY_KIND[new.kind],
        new.source,
        new.key,
        (*_counter(lines, against, side), *_claim_lines(story, lines)),
        reverses_id=new.payment_entry_id,
        asked={"cents": new.cents, "claim": new.claim_id, "component": new.component.value, "choice": list(new.choice)},
    )
    if not main.lines:
        raise NothingToBook
    corrected = _corrections(story, missing, new.key, f"Neu verrechnet: {new.source}", own)
    return [*_interest(story, wanted, new.key, own), *corrected, main]


def _counter(lines: Lines, against: int, kind: FactKind) -> tuple[Line, ...]:
    """The other side of an entry: cash for money, the same components as income or write-off for everything else."""
    if kind in (FactKind.PAYMENT, FactKind.CHARGEBACK, FactKind.REFUND):
        total = sum(lines.values())
        return (Line(against, Component.CASH, -total),) if total else ()
    sums: dict[Component, int] = defaultdict(int)
    for (_, component), cents in lines.items():
        sums[component] += cents
    return tuple(Line(against, component, -cents) for component, cents in sums.items() if cents)


def _claim_lines(story: Story, lines: Lines) -> tuple[Line, ...]:
    return tuple(Line(story.account_of[claim_id], component, cents) for (claim_id, component), cents in sorted(lines.items()))


def _corrections(story: Story, missing: Mapping[str, Lines], key: str, source: str, own: OwnAccount) -> list[NewEntry]:
    """One correcting entry for each booked fact whose distribution has changed, effective on that fact's own day."""
    facts = {fact.key: fact for fact in story.facts}
    entries = []
    for fact_key, lines in missing.items():
        fact = facts[fact_key]
        against = own(story.tenant_id, _AGAINST.get(fact.kind, AccountKind.INCOME), story.currency)
        both = (*_counter(lines, against, fact.kind), *_claim_lines(story, lines))
        entry = NewEntry(story.tenant_id, fact.on, EntryKind.CORRECTION, source, f"{key}:corrects:{fact_key}", both)
        entries.append(replace(entry, corrects_id=int(fact_key)))
    return entries


def _interest(story: Story, wanted: Replayed, key: str, own: OwnAccount) -> list[NewEntry]:
    """Interest the story claims on a day and the ledger does not hold yet, or holds too much of."""
    claimed: dict[tuple[int, date], int] = defaultdict(int)
    for fact_key, by_claim in wanted.interest.items():
        for claim_id, cents in by_claim.items():
            claimed[claim_id, wanted.days[fact_key]] += cents
    entries = []
    for claim_id, on in sorted({*claimed, *story.interest}):
        cents = claimed.get((claim_id, on), 0) - story.interest.get((claim_id, on), 0)
        if cents:
            income = own(story.tenant_id, AccountKind.INCOME, story.currency)
            lines = (Line(story.account_of[claim_id], Component.INTEREST, cents), Line(income, Component.INTEREST, -cents))
            source = f"Verzugszinsen bis {on:%d.%m.%Y}"
            entries.append(NewEntry(story.tenant_id, on, EntryKind.INTEREST, source, f"{key}:interest:{claim_id}:{on}", lines))
    return entries
