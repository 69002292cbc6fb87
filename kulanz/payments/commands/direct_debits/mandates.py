"""Signing, ending and ageing of mandates. A mandate is stored as it was signed, with its text and its evidence, and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case, Creditor
from kulanz.contact.commands import queue_answer
from kulanz.contact.sending.facts import sender_of
from kulanz.failpoints import fp
from kulanz.law.days import add_months
from kulanz.payments.commands.direct_debits.drop import drop_collections
from kulanz.payments.debit_errors import (
    CollectorTermsInvalid,
    CreditorIdInvalid,
    HolderMissing,
    MandateNotActive,
    MandateNotFound,
    NoCollector,
    NotInEuro,
)
from kulanz.payments.models import UNDER_WAY, Collection, CollectionState, CollectorIdentity, Mandate, MandateKind, MandateState
from kulanz.payments.rules.accounts import BankAccount, read_account
from kulanz.payments.rules.debits import MANDATE_MONTHS, NotCollected
from kulanz.payments.rules.mandate_text import MandateWords, mandate_text, text_hash
from kulanz.payments.rules.sepa_ids import creditor_id_is_valid, mandate_reference

COLLECTOR_TERMS: Final = {
    "prenotice_days": (1, 60),
    "lead_bank_days": (1, 10),
    "return_quiet_days": (1, 90),
    "small_refund_cents": (0, 10_000),
}
"""What a creditor may choose, from and to: the file must reach the bank in time, and nobody keeps more than small change of others."""

IP_NOT_KEPT: Final = "nicht gespeichert: der zweite Faktor belegt mehr und verrät weniger"


@dataclass(frozen=True, slots=True)
class Signature:
    """What was typed and how the signer was known. `second_factor` names what opened the page, `via` the channel."""

    holder: str
    iban: str
    kind: MandateKind
    language: str
    second_factor: str
    via: str
    key: str


def set_collector(
    creditor: Creditor,
    sepa_creditor_id: str,
    *,
    prenotice_days: int | None = None,
    lead_bank_days: int | None = None,
    single_bookings: bool | None = None,
    pass_on_return_charge: bool | None = None,
    return_quiet_days: int | None = None,
    small_refund_cents: int | None = None,
) -> CollectorIdentity:
    """Enter or change who collects; what is left out stays. Mandates already signed keep their own number and term.

    Raises `CreditorIdInvalid`, and `CollectorTermsInvalid` for a figure outside what the bank and fairness allow.
    """
    number = "".join(sepa_creditor_id.split()).upper()
    if not creditor_id_is_valid(number):
        raise CreditorIdInvalid
    terms = {
        "prenotice_days": prenotice_days,
        "lead_bank_days": lead_bank_days,
        "return_quiet_days": return_quiet_days,
        "small_refund_cents": small_refund_cents,
    }
    given: dict[str, int | bool] = {name: value for name, value in terms.items() if value is not None}
    if any(not low <= given.get(name, low) <= high for name, (low, high) in COLLECTOR_TERMS.items()):
        raise CollectorTermsInvalid
    switches = {"single_bookings": single_bookings, "pass_on_return_charge": pass_on_return_charge}
    given |= {name: on for name, on in switches.items() if on is not None}
    fp("collector.before_save")
    collector, _ = CollectorIdentity.objects.update_or_create(creditor=creditor, defaults={"sepa_creditor_id": number, **given})
    fp("collector.after_save")
    return collector


def preview_mandate(case: Case, signed: Signature) -> tuple[str, BankAccount]:
    """The text that would be signed, and the account as we read it. Writes nothing. Raises what signing would raise."""
    collector = CollectorIdentity.objects.filter(creditor_id=case.creditor_id).first()
    if collector is None or not case.creditor.iban:
        raise NoCollector
    if case.currency != "EUR":
        raise NotInEuro
    if not signed.holder.strip():
        raise HolderMissing
    account = read_account(signed.iban)
    sender = sender_of(case.creditor)
    words = MandateWords(
        creditor=sender.legal_name or sender.name,
        address=f"{sender.street}, {sender.postcode} {sender.city}".strip(", "),
        creditor_id=collector.sepa_creditor_id,
        reference=_next_reference(case),
        holder=" ".join(signed.holder.split()),
        iban=account.iban,
        bic=account.bic,
        one_off=signed.kind == MandateKind.ONE_OFF,
        prenotice_days=collector.prenotice_days,
        language=signed.language,
    )
    return mandate_text(words), account


def sign_mandate(case_id: int, signed: Signature, *, day: date, now: datetime, actor: str = "debtor") -> Mandate:
    """Store a signed mandate with its evidence and confirm it; an earlier one of the case is replaced by it.

    The same `key` (one form, sent twice) signs once. Raises `NoCollector`, `NotInEuro`, `HolderMissing`, `IbanInvalid`,
    `IbanOutsideSepa`.
    """
    case = touch([case_id])[case_id]
    if (known := Mandate.objects.filter(key=signed.key).first()) is not None:
        return known
    text, account = preview_mandate(case, signed)
    for former in Mandate.objects.select_for_update().filter(case_id=case_id, state=MandateState.ACTIVE):
        _end(former, MandateState.REVOKED, "durch ein neues Mandat ersetzt", day=day, now=now, tell=False)
    collector = CollectorIdentity.objects.get(creditor_id=case.creditor_id)
    fp("mandate.before_insert")
    mandate = Mandate.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        debtor_id=case.debtor_id,
        reference=_next_reference(case),
        kind=signed.kind,
        iban=account.iban,
        bic=account.bic,
        holder=" ".join(signed.holder.split())[:70],
        sepa_creditor_id=collector.sepa_creditor_id,
        prenotice_days=collector.prenotice_days,
        text=text,
        language="en" if signed.language == "en" else "de",
        signed_at=now,
        signed_on=day,
        evidence={
            "at": now.isoformat(),
            "text_sha256": text_hash(text),
            "language": signed.language,
            "second_factor": signed.second_factor,
            "via": signed.via,
            "actor": actor,
            "ip": IP_NOT_KEPT,
        },
        key=signed.key,
    )
    fp("mandate.after_insert")
    told = f"Lastschriftmandat {mandate.reference} erteilt, Konto mit der Endung {mandate.account_end}."
    record_event(case, "mandate_signed", told, actor=actor, now=now, data={"mandate": mandate.id})
    queue_answer(case_id, "mandate_signed", step=f"mandate-{mandate.id}", params=words_of(mandate), day=day, now=now)
    return mandate


def revoke_mandate(mandate_id: int, *, because: str, day: date, now: datetime, actor: str = "debtor") -> Mandate:
    """End a mandate at the debtor's wish: what was only announced is dropped, what is already at the bank is named in the answer."""
    mandate = locked_mandate(mandate_id)
    if mandate.state == MandateState.REVOKED:
        return mandate
    if mandate.state not in (MandateState.ACTIVE, MandateState.SUSPENDED):
        raise MandateNotActive
    _end(mandate, MandateState.REVOKED, because or "vom Kontoinhaber widerrufen", day=day, now=now, actor=actor)
    return mandate


def suspend_mandate(mandate: Mandate, *, because: str, day: date, now: datetime) -> None:
    """Stop using a mandate because a bank's answer says so; the debtor learns it from the message about the return."""
    if mandate.state in (MandateState.ACTIVE, MandateState.USED):
        _end(mandate, MandateState.SUSPENDED, because, day=day, now=now, tell=False)


def expire_mandates(*, day: date, now: datetime) -> int:
    """End mandates that nobody used for 36 months; returns how many. One statement, however many there are."""
    last_day = add_months(day, -MANDATE_MONTHS) - timedelta(days=1)
    unused = Mandate.objects.filter(state=MandateState.ACTIVE, signed_on__lte=last_day).exclude(last_used_on__gt=last_day)
    lapsed = unused.exclude(id__in=Collection.objects.filter(state__in=UNDER_WAY).values("mandate_id"))
    if not lapsed.exists():
        return 0
    fp("mandate.before_expire")
    ended = lapsed.update(state=MandateState.EXPIRED, ended_at=now, ended_because=f"{MANDATE_MONTHS} Monate nicht genutzt")
    fp("mandate.after_expire")
    return ended


def locked_mandate(mandate_id: int) -> Mandate:
    """A mandate under the lock of its case, so that signing, revoking and submitting follow one another."""
    case_id = Mandate.objects.filter(id=mandate_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise MandateNotFound
    touch([case_id])
    return Mandate.objects.select_for_update().select_related("case__creditor").get(id=mandate_id)


def words_of(mandate: Mandate) -> dict[str, dict[str, dict[str, str]]]:
    """What every message about a mandate says."""
    words = {
        "mandate": mandate.reference,
        "creditor_id": mandate.sepa_creditor_id,
        "account_end": mandate.account_end,
        "holder": mandate.holder,
        "prenotice_days": str(mandate.prenotice_days),
    }
    return {"particulars": {"words": words}}


def _end(
    mandate: Mandate, state: MandateState, because: str, *, day: date, now: datetime, actor: str = "kulanz", tell: bool = True
) -> None:
    """End a mandate and everything that was only announced under it."""
    mandate.state, mandate.ended_at, mandate.ended_because = state, now, because[:200]
    fp("mandate.before_end")
    mandate.save(update_fields=["state", "ended_at", "ended_because"])
    fp("mandate.after_end")
    text = f"Lastschriftmandat {mandate.reference} beendet: {because}."
    record_event(mandate.case, "mandate_ended", text, actor=actor, now=now, data={"mandate": mandate.id})
    waiting = list(Collection.objects.filter(mandate=mandate, state=CollectionState.ANNOUNCED).select_related("mandate", "case__debtor"))
    drop_collections(waiting, NotCollected.MANDATE, day=day, now=now, tell=False)
    if tell:
        particulars = words_of(mandate)["particulars"]
        submitted = Collection.objects.filter(mandate=mandate, state=CollectionState.SUBMITTED).order_by("due_on").first()
        params: dict[str, object] = {"particulars": particulars}
        if submitted:
            amounts, days = {"debit_amount": submitted.submitted_cents}, {"debit_day": submitted.due_on.isoformat()}
            params = {"particulars": {**particulars, "amounts": amounts, "days": days}}
        queue_answer(mandate.case_id, "mandate_ended", step=f"mandate-{mandate.id}-ended", params=params, day=day, now=now)


def _next_reference(case: Case) -> str:
    """Counted under the case's lock, so that two signatures never share a reference."""
    return mandate_reference(case.reference, Mandate.objects.filter(case_id=case.id).count() + 1)
