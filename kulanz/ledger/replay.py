"""The account of a case, recomputed from its facts: who paid when, what was charged, waived, returned. Pure.

The ledger stores what was booked; this file says what must be booked. Facts are taken in order of their effective day, so a payment
that arrives late but counts from an earlier day changes every distribution after it. Nothing is rewritten: the caller posts the
difference between what is booked and what `replay` says (see `differences`).

Inside a day: what is opened and charged comes first, then credit notes and waivers, then money, then money that went back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

from kulanz.law import jurisdiction
from kulanz.law.allocation import Component as Part
from kulanz.law.allocation import Debt
from kulanz.law.interest import InterestTerms
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.ledger.components import FEES, Component

Lines = dict[tuple[int, Component], int]
"""Signed cents per claim and component: positive is owed more, negative owed less."""


class FactKind(IntEnum):
    """What happened; the number is the order inside a day."""

    OPENED = 0
    HISTORY = 1
    """Booked before the claim came here (`moves` says how); taken as it is, never shared out anew."""
    CHARGE = 2
    CREDIT_NOTE = 3
    WAIVER = 4
    WRITE_OFF = 5
    PAYMENT = 6
    CHARGEBACK = 7
    REFUND = 8


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What the law needs to know about a claim besides its facts."""

    claim_id: int
    due_on: date
    first_interest_day: date | None
    interest: InterestTerms
    secured: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the case. `cents` is never negative; `order` is the order of booking and decides inside a day and kind.

    A payment concerns the whole case (`claim_id` None) and may name claims the debtor wants paid (`choice`, § 366 (1) BGB); which of
    several joint debtors paid makes no difference to what the others owe less (§ 422 BGB). A chargeback names the payment's key in `of`.
    """

    key: str
    kind: FactKind
    on: date
    order: int
    cents: int = 0
    claim_id: int | None = None
    component: Component = Component.PRINCIPAL
    choice: tuple[int, ...] = ()
    of: str = ""
    moves: tuple[tuple[int, Component, int], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the same money: in which order a payment pays the parts of a claim, and the fees among themselves.

    The default is the law's order, which is what the debtor sees.
    """

    components: tuple[Part, ...] = ()
    fees: tuple[Component, ...] = FEES


LAWFUL: Final = View()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What each fact must have booked on the claim accounts, and the interest that had to be claimed for it."""

    lines: Mapping[str, Lines]
    interest: Mapping[str, Mapping[int, int]]
    open: Lines
    rules: Mapping[str, str]
    """The paragraph that ordered each payment."""
    days: Mapping[str, date]
    """The effective day of each fact."""


@dataclass(slots=True)
class _Account:
    """One claim while the story runs."""

    terms: ClaimTerms
    open: dict[Component, int] = field(default_factory=lambda: defaultdict(int))
    principal: list[tuple[date, int]] = field(default_factory=list)
    claimed: int = 0

    def move(self, component: Component, cents: int, on: date) -> None:
        self.open[component] += cents
        if component is Component.PRINCIPAL:
            self.principal.append((on, self.open[component]))


def replay(terms: Sequence[ClaimTerms], facts: Iterable[Fact], *, country: str = "de", scheme: str = "", view: View = LAWFUL) -> Replayed:
    """Run the story and return what every fact must have booked.

    `scheme` names another order of allocation of the country (a consumer loan), `view` a creditor's own order of the parts; the cash is
    the same in every view, only its distribution differs. What exceeds everything owed goes to `overpaid` of the claim that fell due last.
    """
    story = _Story({claim.claim_id: _Account(claim) for claim in terms}, jurisdiction(country), scheme, view)
    ordered = sorted(facts, key=lambda fact: (fact.on, fact.kind, fact.order, fact.key))
    for fact in ordered:
        story.tell(fact)
    still_open = {
        (claim_id, component): cents for claim_id, account in story.accounts.items() for component, cents in account.open.items() if cents
    }
    return Replayed(story.lines, story.interest, still_open, story.rules, {fact.key: fact.on for fact in ordered})


class _Story:
    """The accounts of one case at one moment, moved on by one fact after the other."""

    def __init__(self, accounts: dict[int, _Account], law: Jurisdiction, scheme: str, view: View) -> None:
        self.accounts, self.law, self.scheme, self.view = accounts, law, scheme, view
        self.lines: dict[str, Lines] = {}
        self.interest: dict[str, dict[int, int]] = {}
        self.rules: dict[str, str] = {}

    def tell(self, fact: Fact) -> None:
        """Take one fact into the accounts."""
        match fact.kind:
            case FactKind.OPENED | FactKind.CHARGE:
                moves = {(_claim(fact), fact.component): fact.cents}
            case FactKind.HISTORY:
                moves = {(claim_id, component): cents for claim_id, component, cents in fact.moves}
            case FactKind.CREDIT_NOTE:
                moves = self._credit_note(fact)
            case FactKind.WAIVER:
                moves = self._waiver(fact)
            case FactKind.WRITE_OFF:
                moves = self._write_off(fact)
            case FactKind.PAYMENT:
                moves = self._payment(fact)
            case FactKind.CHARGEBACK:
                moves = self._chargeback(fact)
            case FactKind.REFUND:
                claim_id = _claim(fact)
                moves = {(claim_id, Component.OVERPAID): min(fact.cents, -self.accounts[claim_id].open[Component.OVERPAID])}
        self.lines[fact.key] = {line: cents for line, cents in moves.items() if cents}
        for (claim_id, component), cents in self.lines[fact.key].items():
            self.accounts[claim_id].move(component, cents, fact.on)

    def _payment(self, fact: Fact) -> Lines:
        debts = [self._debt(account, fact.on) for account in self.accounts.values() if account.principal]
        if not debts:
            raise MoneyBeforeAnyClaim
        shared = self.law.allocate(
            fact.cents,
            debts,
            scheme=self.scheme,
            paid_on=fact.on,
            debtor_choice=[str(claim_id) for claim_id in fact.choice],
            component_order=self.view.components,
        )
        self.rules[fact.key] = shared.rule
        for claim_id in dict.fromkeys(int(part.id) for part in shared.parts):
            self._claim_interest(claim_id, fact)
        moves: Lines = defaultdict(int)
        for part in shared.parts:
            for component, cents in self._split(int(part.id), part.component, part.amount_cents):
                moves[int(part.id), component] -= cents
        if shared.rest_cents:
            moves[self._last_due(), Component.OVERPAID] -= shared.rest_cents
        return moves

    def _claim_interest(self, claim_id: int, fact: Fact) -> None:
        """Post the interest that has run until the day of this fact, so that it can be paid, waived or written off."""
        account = self.accounts[claim_id]
        to_claim = accrued_cents(account.terms, account.principal, fact.on, self.law) - account.claimed
        if to_claim:
            account.claimed += to_claim
            account.open[Component.INTEREST] += to_claim
            self.interest.setdefault(fact.key, {})[claim_id] = to_claim

    def _credit_note(self, fact: Fact) -> Lines:
        """A credit note lowers the principal; what exceeds it is owed back."""
        claim_id = _claim(fact)
        principal = max(0, min(fact.cents, self.accounts[claim_id].open[Component.PRINCIPAL]))
        return {(claim_id, Component.PRINCIPAL): -principal, (claim_id, Component.OVERPAID): principal - fact.cents}

    def _waiver(self, fact: Fact) -> Lines:
        """A waiver reaches as far as something is open; it never creates a credit."""
        claim_id = _claim(fact)
        if fact.component is Component.INTEREST:
            self._claim_interest(claim_id, fact)
        return {(claim_id, fact.component): -max(0, min(fact.cents, self.accounts[claim_id].open[fact.component]))}

    def _write_off(self, fact: Fact) -> Lines:
        """Everything that is open on the claim, interest until that day included."""
        claim_id = _claim(fact)
        self._claim_interest(claim_id, fact)
        open_cents = self.accounts[claim_id].open
        return {(claim_id, part): -open_cents[part] for part in (*FEES, Component.INTEREST, Component.PRINCIPAL) if open_cents[part] > 0}

    def _chargeback(self, fact: Fact) -> Lines:
        """The payment's lines turned round. What it had overpaid and was refunded meanwhile is owed as an expense, without interest."""
        moves: Lines = defaultdict(int)
        for (claim_id, component), cents in self.lines.get(fact.of, {}).items():
            back = -cents
            if component is Component.OVERPAID:
                credit = min(back, -self.accounts[claim_id].open[Component.OVERPAID])
                moves[claim_id, Component.EXPENSE] += back - credit
                back = credit
            moves[claim_id, component] += back
        return moves

    def _debt(self, account: _Account, on: date) -> Debt:
        """What the claim owes on a day, with the interest that has run until then."""
        terms = account.terms
        unclaimed = accrued_cents(terms, account.principal, on, self.law) - account.claimed
        return Debt(
            id=str(terms.claim_id),
            due_on=terms.due_on,
            costs_cents=sum(max(0, account.open[fee]) for fee in FEES),
            interest_cents=max(0, account.open[Component.INTEREST] + unclaimed),
            principal_cents=max(0, account.open[Component.PRINCIPAL]),
            secured=terms.secured,
            rate_bp=self._rate_bp(terms.interest, on),
        )

    def _rate_bp(self, interest: InterestTerms, on: date) -> int:
        """How burdensome a claim's interest is. Points over the base rate compare with each other; with a fixed rate only the sum does."""
        if interest.fixed_bp is not None or interest.margin_bp is None:
            return interest.fixed_bp or 0
        fixed = any(account.terms.interest.fixed_bp is not None for account in self.accounts.values())
        return interest.margin_bp + (self.law.base_rate(on).rate_bp if fixed else 0)

    def _split(self, claim_id: int, part: Part, cents: int) -> Iterable[tuple[Component, int]]:
        """The ledger's components of one part of the law's allocation."""
        if part is Part.PRINCIPAL:
            yield Component.PRINCIPAL, cents
        elif part is Part.COSTS:
            for fee in self.view.fees:
                paid = min(cents, max(0, self.accounts[claim_id].open[fee]))
                cents -= paid
                yield fee, paid
        else:
            yield Component.INTEREST, cents

    def _last_due(self) -> int:
        opened = [account.terms for account in self.accounts.values() if account.principal]
        return max(opened, key=lambda terms: (terms.due_on, terms.claim_id)).claim_id


def accrued_cents(terms: ClaimTerms, principal: Sequence[tuple[date, int]], on: date, law: Jurisdiction) -> int:
    """All interest that has run when money is credited on a day: up to the day before, or including it if the claim says so."""
    last_day = on if terms.interest.payment_day_counts else on - timedelta(days=1)
    first_day = terms.first_interest_day
    if first_day is None or first_day > last_day or not principal:
        return 0
    history = list(dict(principal).items())  # the last balance of a day is that day's
    return law.default_interest(history, first_day, last_day, terms.interest).total_cents


def differences(booked: Mapping[str, Lines], wanted: Mapping[str, Lines]) -> dict[str, Lines]:
    """What must still be booked for each fact so that the ledger says what `replay` says. Facts without a difference are left out."""
    found = {}
    for key in sorted({*booked, *wanted}):
        before, after = booked.get(key, {}), wanted.get(key, {})
        delta = {line: after.get(line, 0) - before.get(line, 0) for line in sorted({*before, *after})}
        if delta := {line: cents for line, cents in delta.items() if cents}:
            found[key] = delta
    return found


def _claim(fact: Fact) -> int:
    if fact.claim_id is None:
        raise ClaimMissing
    return fact.claim_id


class ClaimMissing(ValueError):
    """A fact of this kind concerns one claim, and none is named."""


class MoneyBeforeAnyClaim(ValueError):
    """A payment is effective before the first claim of the case exists."""
