"""The second pair of eyes: a run is approved, its invoice gets a number, and the order for the bank is written, once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kulanz.failpoints import fp
from kulanz.payments.client_money import money_of
from kulanz.payments.errors import AgencyMissing, RunNotFound, SamePerson, WrongRunState
from kulanz.payments.models import Agency, Remittance, RunState
from kulanz.payments.writers.pain import Party, Transfer, transfer_file


def approve(run_id: int, *, actor: str, now: datetime, day: date) -> Remittance:
    """Approve a draft. With a payout the order (pain.001) is written and the run waits for the bank; without one it is closed.

    Approved twice by the same person it stays as it is. Raises `SamePerson`, `AgencyMissing`, `WrongRunState`, `OrderInvalid`.
    """
    with transaction.atomic():
        run = Remittance.objects.select_for_update().select_related("creditor", "terms").filter(id=run_id).first()
        if run is None:
            raise RunNotFound
        if run.approved_by == actor and run.state in (RunState.APPROVED, RunState.CLOSED, RunState.PAID):
            return run
        if run.state != RunState.DRAFT:
            raise WrongRunState
        if run.prepared_by == actor:
            raise SamePerson
        here = money_of(run.creditor_id, run.currency, day)
        if run.payout_cents and (here is None or here.payable_cents < run.payout_cents + max(0, run.withheld_cents)):
            raise WrongRunState(
                "Inzwischen liegt weniger Geld für diesen Mandanten hier, etwa durch eine Rückgabe.",
                fix="Bitte den Entwurf verwerfen und neu erstellen.",
            )
        run.approved_by, run.approved_at = actor, now
        if run.fee_cents + run.kept_cents:
            run.invoice_number, run.invoiced_on = _next_invoice(day), day
        run.state = RunState.APPROVED if run.payout_cents else RunState.CLOSED
        if run.payout_cents:
            run.payment_xml, run.payment_at = payment_order(run, on=day, now=now), now
        fp("remit.before_approval")
        run.save()
        fp("remit.after_approval")
    return run


def _next_invoice(day: date) -> str:
    """The next invoice number of the year, without gaps: whoever wants one waits for the agency's row."""
    agency = Agency.objects.select_for_update().filter(id=1).first()
    if agency is None:
        raise AgencyMissing
    start = f"{agency.invoice_prefix}-{day.year}-"
    taken = Remittance.objects.filter(invoice_number__startswith=start).values_list("invoice_number", flat=True)
    return f"{start}{max((int(number.removeprefix(start)) for number in taken), default=0) + 1:05d}"


def payment_order(run: Remittance, *, on: date, now: datetime) -> str:
    """The order for the bank: the payout, and with the first attempt the transfer of our fees to our own account."""
    agency = Agency.objects.filter(id=1).first()
    if agency is None:
        raise AgencyMissing
    until = f"{run.to_on:%d.%m.%Y}"
    transfers = [
        Transfer(
            run.terms.payout_name,
            run.terms.payout_iban,
            run.terms.payout_bic,
            run.payout_cents,
            end_to_end_id(run, "P"),
            f"Auskehrung {run.number} bis {until}",
        )
    ]
    if run.transfer_cents and run.attempt == 1:
        about = f"Honorar Abrechnung {run.number} {run.invoice_number}".strip()
        holder = agency.account_holder or agency.legal_name
        transfers.append(Transfer(holder, agency.iban, agency.bic, run.transfer_cents, end_to_end_id(run, "F"), about))
    payer = Party(run.creditor.account_holder or agency.legal_name, run.account_iban, run.creditor.bic, currency=run.currency)
    message_id = f"KLZ{run.creditor_id}-{run.number}-{run.attempt}"
    return transfer_file(payer, transfers, message_id=message_id, on=on, now=now).content.decode()


def end_to_end_id(run: Remittance, what: str) -> str:
    """The id by which the bank's line is recognised: P for the payout, F for the fees."""
    return f"KLZ-{run.creditor_id}-{run.number}-{run.attempt if what == 'P' else 1}-{what}"
