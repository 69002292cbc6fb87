"""Making a remittance run: everything that no run has taken yet, up to a day; and dropping a draft."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kulanz.claims.models import Case, Claim, Creditor
from kulanz.failpoints import fp
from kulanz.ledger.components import FEES, Component
from kulanz.payments.client_money import money_of, moved_entries
from kulanz.payments.errors import DraftStands, NoTerms, OnlyEuro, PeriodNotOver, RunNotFound, WrongRunState
from kulanz.payments.models import Agency, MandateTerms, Remittance, RemittanceItem, RunState
from kulanz.payments.rules.remit import Before, FeeTerms, Settlement, Share, Via, settle_run, terms_on

PROVIDER_FEE: Final = "Gebühr des Zahlungsdienstes"


def prepare(creditor_id: int, *, to_on: date, actor: str, now: datetime, day: date, currency: str = "EUR") -> Remittance | None:
    """Draft the run up to `to_on`, or return the one that stands. None if there is nothing to settle.

    Asked twice it makes one run; killed half-way it has made none. Raises `NoTerms`, `PeriodNotOver`, `DraftStands`, `WrongRunState`.
    """
    if currency != "EUR":
        raise OnlyEuro
    if to_on >= day:
        raise PeriodNotOver
    with transaction.atomic():
        # Whoever settles this creditor waits here; bookings on its cases do not.
        if not Creditor.objects.select_for_update(no_key=True).filter(id=creditor_id).exists():
            raise NoTerms
        last = (
            Remittance.objects.filter(creditor_id=creditor_id, currency=currency)
            .exclude(state=RunState.DROPPED)
            .order_by("-number")
            .first()
        )
        if last and last.to_on == to_on:
            return last
        if last and last.state == RunState.DRAFT:
            raise DraftStands(f"Ein Entwurf bis {last.to_on:%d.%m.%Y} steht noch.")
        if last and last.to_on > to_on:
            raise WrongRunState(f"Es ist schon bis {last.to_on:%d.%m.%Y} abgerechnet. Was später dazukam, steht im nächsten Lauf.")
        return _draft(creditor_id, last, to_on=to_on, currency=currency, actor=actor, now=now, day=day)


def _draft(
    creditor_id: int, last: Remittance | None, *, to_on: date, currency: str, actor: str, now: datetime, day: date
) -> Remittance | None:
    rows = list(MandateTerms.objects.filter(creditor_id=creditor_id).order_by("valid_from"))
    if not rows:
        raise NoTerms
    terms = [fee_terms(row) for row in rows]
    current = rows[terms.index(terms_on(terms, to_on))]
    agency = Agency.objects.filter(id=1).first()
    here = money_of(creditor_id, currency, day)
    settled = settle_run(
        moved_entries(creditor_id, currency, to_on),
        terms,
        Before(last.carried_out_cents, last.fees_open_out_cents, last.lying_out_cents) if last else Before(),
        threshold_cents=current.threshold_cents,
        on_account_cents=here.payable_cents if here else 0,
        own_account=bool(agency and agency.iban),
    )
    if not settled.shares and not settled.payout_cents:
        return None
    fp("remit.before_run")
    run = Remittance.objects.create(
        creditor_id=creditor_id,
        number=last.number + 1 if last else 1,
        currency=currency,
        from_on=last.to_on + timedelta(days=1) if last else None,
        to_on=to_on,
        terms=current,
        account_iban=Creditor.objects.get(id=creditor_id).iban,
        prepared_by=actor,
        prepared_at=now,
        **_figures(settled),
    )
    fp("remit.between_run_and_items")
    RemittanceItem.objects.bulk_create(_items(run, settled.shares))
    fp("remit.after_items")
    return run


def fee_terms(row: MandateTerms) -> FeeTerms:
    """A stored agreement as the rule takes it."""
    return FeeTerms(
        row.valid_from,
        row.fee_bp,
        frozenset(Component(part) for part in row.fee_on),
        frozenset(Component(part) for part in row.kept),
        row.vat_bp,
    )


def _figures(settled: Settlement) -> dict[str, object]:
    return {
        "carried_in_cents": settled.before.carried_cents,
        "handed_cents": settled.handed_cents,
        "direct_cents": settled.direct_cents,
        "fee_cents": settled.fee_cents,
        "kept_cents": settled.kept_cents,
        "vat": [{"rate_bp": line.rate_bp, "net_cents": line.net_cents, "vat_cents": line.vat_cents} for line in settled.vat],
        "vat_cents": settled.vat_cents,
        "payout_cents": settled.payout_cents,
        "carried_out_cents": settled.carried_out_cents,
        "fees_open_in_cents": settled.before.fees_open_cents,
        "withheld_cents": settled.withheld_cents,
        "fees_open_out_cents": settled.fees_open_out_cents,
        "lying_in_cents": settled.before.lying_cents,
        "transfer_cents": settled.transfer_cents,
        "lying_out_cents": settled.lying_out_cents,
        "why": settled.why.value,
    }


def _items(run: Remittance, shares: Sequence[Share]) -> list[RemittanceItem]:
    """The rows of the statement, with the names as they are today: a statement that was sent does not change later."""
    case_ids = {one.moved.case_id for one in shares}
    cases = {case.id: case for case in Case.objects.filter(id__in=case_ids).select_related("debtor")}
    numbers: dict[int, list[str]] = defaultdict(list)
    for case_id, number in Claim.objects.filter(case_id__in=case_ids).order_by("due_on", "id").values_list("case_id", "external_id"):
        numbers[case_id].append(number)
    return [_item(run, one, cases.get(one.moved.case_id), numbers[one.moved.case_id]) for one in shares]


def _item(run: Remittance, one: Share, case: Case | None, numbers: Sequence[str]) -> RemittanceItem:
    """One row. What a payment provider kept belongs to no case."""
    parts = one.moved.components
    return RemittanceItem(
        remittance=run,
        creditor_id=run.creditor_id,
        case_id=case.id if case else 0,
        entry_id=one.moved.entry_id,
        kind=one.moved.kind,
        via=one.moved.via.value,
        occurred_on=one.moved.occurred_on,
        line_id=one.moved.line_id if one.moved.via is Via.BANK else None,
        reference=case.reference if case else "",
        debtor_name=case.debtor.display_name[:160] if case else PROVIDER_FEE,
        invoices=", ".join(numbers)[:200],
        principal_cents=parts.get(Component.PRINCIPAL, 0),
        interest_cents=parts.get(Component.INTEREST, 0),
        costs_cents=sum(parts.get(part, 0) for part in FEES),
        overpaid_cents=one.overpaid_cents,
        handed_cents=one.handed_cents,
        kept_cents=one.kept_cents,
        fee_cents=one.fee_cents,
        vat_bp=one.vat_bp,
    )


def drop(run_id: int) -> None:
    """Drop a draft; its entries are free for the next run."""
    with transaction.atomic():
        run = Remittance.objects.select_for_update().filter(id=run_id).first()
        if run is None:
            raise RunNotFound
        if run.state != RunState.DRAFT:
            raise WrongRunState("Nur ein Entwurf lässt sich verwerfen.")
        fp("remit.before_drop")
        run.items.all().delete()
        run.state = RunState.DROPPED
        run.save(update_fields=["state"])
        fp("remit.after_drop")
