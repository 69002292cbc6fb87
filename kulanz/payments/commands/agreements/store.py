"""Writing one agreement down with everything that follows from it, in the caller's transaction and under the case lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from kulanz.claims.commands import record_event
from kulanz.claims.commands.limitation import note_limitation
from kulanz.claims.models import Case
from kulanz.contact.commands import cancel_queued, queue_answer, silence
from kulanz.contact.rules import REMINDERS
from kulanz.failpoints import fp
from kulanz.ledger.models import Posting
from kulanz.payments.commands.agreements.words import CONFIRMATION, HOLD, NOUN, particulars, summary
from kulanz.payments.models import Agreement, AgreementKind, AgreementState, Instalment
from kulanz.payments.rules.plan_progress import Planned

ABOUT_MONEY = ("instalment_reminder", "instalment_missed")
"""Messages about an agreement that money, or a new agreement, makes pointless."""
IN_WRITING = frozenset({"portal", "email", "letter"})
"""Ways on which what the debtor says stands in writing: only then is it counted as an acknowledgement (§ 212 BGB)."""
STANDSTILL = frozenset({AgreementKind.PLAN, AgreementKind.DEFERRAL, AgreementKind.SETTLEMENT})
"""Agreements during which the debtor may withhold payment, so that limitation stands still (§ 205 BGB). A promise gives no time."""


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """Everything about an agreement that is about to be written down. Amounts in cents."""

    kind: AgreementKind
    rows: Sequence[Planned]
    key: str
    via: str
    actor: str
    open_cents: int
    claim_ids: Sequence[int]
    starts_on: date
    ends_on: date
    interest_cents: int = 0
    fee_cents: int = 0
    waived_cents: int = 0
    terms: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    bundle: UUID | None = None
    replaces: Agreement | None = None


def store(case: Case, new: NewAgreement, *, day: date, now: datetime) -> Agreement:
    """Insert the agreement and its instalments; nothing else happens yet."""
    fp("agreement.before_insert")
    agreement = Agreement.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        kind=new.kind,
        state=AgreementState.ACTIVE,
        agreed_on=day,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        total_cents=sum(row.amount_cents for row in new.rows),
        open_cents=new.open_cents,
        interest_cents=new.interest_cents,
        fee_cents=new.fee_cents,
        waived_cents=new.waived_cents,
        terms={"claims": sorted(new.claim_ids)} | dict(new.terms),
        via=new.via,
        offered_by=new.actor,
        accepted_at=now,
        evidence=dict(new.evidence),
        bundle=new.bundle,
        replaces=new.replaces,
        ledger_mark=ledger_mark(case.id),
        key=new.key,
        created_at=now,
    )
    store_rows(agreement, new.rows)
    fp("agreement.after_insert")
    return agreement


def store_rows(agreement: Agreement, rows: Sequence[Planned]) -> None:
    """Write down the instalments."""
    Instalment.objects.bulk_create(
        Instalment(
            agreement=agreement, case_id=agreement.case_id, creditor_id=agreement.creditor_id,
            number=row.number, due_on=row.due_on, amount_cents=row.amount_cents,
        )
        for row in rows
    )  # fmt: skip


def ledger_mark(case_id: int) -> int:
    """The last entry on the case's accounts: what is booked later counts for the agreement made now."""
    return Posting.objects.filter(account__claim__case_id=case_id).aggregate(last=Max("entry_id"))["last"] or 0


def take_effect(case: Case, agreement: Agreement, rows: Sequence[Planned], *, day: date, now: datetime, actor: str) -> None:
    """The hold, what was queued cancelled, the law's effects, the timeline, the confirmation."""
    kind = AgreementKind(agreement.kind)
    until = agreement.ends_on if kind is AgreementKind.PAUSE else None
    note = summary(agreement, rows)
    silence(case.id, HOLD[kind], day=day, now=now, source=source_of(agreement), actor=actor, until_on=until, note=note)
    cancel_queued(case.id, f"neu vereinbart: {NOUN[kind]}", now=now, templates=(*ABOUT_MONEY, *REMINDERS), actor=actor)
    if kind in STANDSTILL:
        note_limitation(case, "deferral", from_on=day, to_on=None, source=source_of(agreement), actor=actor, now=now)
    if kind in (AgreementKind.PLAN, AgreementKind.DEFERRAL) and agreement.via in IN_WRITING:
        note_limitation(case, "acknowledgement", from_on=day, to_on=day, source=source_of(agreement), actor=actor, now=now)
    record_event(case, "agreement_made", note, actor=actor, now=now, data={"agreement": agreement.id, "kind": kind.value})
    if kind in CONFIRMATION:
        step = f"agreement-{agreement.id}"
        # One instalment is told like a deferral: everything by that day.
        template = CONFIRMATION[AgreementKind.DEFERRAL if kind is AgreementKind.PLAN and len(rows) == 1 else kind]
        queue_answer(case.id, template, step=step, params=particulars(agreement, rows), day=day, now=now)
    fp("agreement.after_effects")


def source_of(agreement: Agreement) -> str:
    """The name an agreement has as the source of a hold, an entry or an event."""
    return f"agreement:{agreement.id}"
