"""What an agency's first letters need to know and no import brings: who it is, what a client declared, what a claim rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Claim
from kulanz.contact.errors import DutiesRefused
from kulanz.contact.models import AgencyClient, ClaimGround, CollectingAgency, GroundKind
from kulanz.failpoints import fp


@dataclass(frozen=True, slots=True)
class NewGround:
    """What a claim rests on; `circumstances` and `original_creditor` only where somebody knows them."""

    claim_id: int
    subject: str
    on: date
    kind: GroundKind = GroundKind.CONTRACT
    circumstances: str = ""
    original_creditor: str = ""


def set_collecting_agency(**details: str) -> CollectingAgency:
    """Store who writes and who supervises; a field that is left out stays as it is. Name and address are needed, else `DutiesRefused`."""
    known = CollectingAgency.objects.filter(id=1).first()
    needed = ("legal_name", "street", "postcode", "city")
    if not all(details.get(name, getattr(known, name, "")).strip() for name in needed):
        raise DutiesRefused("Firma und Anschrift des Inkassodienstleisters fehlen.")
    fp("duties.before_agency")
    agency, _ = CollectingAgency.objects.update_or_create(id=1, defaults={name: value.strip() for name, value in details.items()})
    return agency


def declare_input_tax(creditor_id: int, *, deducts: bool, actor: str, now: datetime) -> AgencyClient:
    """A client declares whether it deducts input tax. If it does, the costs asked for must hold no VAT (§ 13a (1) no. 6 RDG)."""
    fp("duties.before_client")
    said = {"deducts_input_tax": deducts, "declared_by": actor, "declared_at": now}
    return AgencyClient.objects.update_or_create(creditor_id=creditor_id, defaults=said)[0]


def note_ground(new: NewGround, *, actor: str, now: datetime) -> ClaimGround:
    """Note what a claim rests on; noted again, it replaces what was noted. A day after the invoice or an empty subject is refused."""
    claim = Claim.objects.filter(id=new.claim_id).first()
    if claim is None or not new.subject.strip():
        raise DutiesRefused("Worum es geht, fehlt.")
    if new.on > claim.invoiced_on:
        raise DutiesRefused("Der Tag liegt nach der Rechnung.", fix="Bitte den Tag des Vertragsschlusses oder des Geschehens angeben.")
    case = touch([claim.case_id])[claim.case_id]
    fp("duties.before_ground")
    values = {
        "case_id": claim.case_id,
        "creditor_id": claim.creditor_id,
        "kind": new.kind,
        "subject": new.subject.strip()[:200],
        "on": new.on,
        "circumstances": new.circumstances.strip(),
        "original_creditor": new.original_creditor.strip()[:200],
        "noted_by": actor,
        "noted_at": now,
    }
    ground, _ = ClaimGround.objects.update_or_create(claim_id=claim.id, defaults=values)
    text = f"Rechnung {claim.external_id}: Grund der Forderung notiert."
    record_event(case, "ground_noted", text, actor=actor, now=now, data={"claim": claim.id})
    fp("duties.after_ground")
    return ground
