"""Finding money that belongs to debtors: settled cases with a credit, each proposed once for paying back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case
from kulanz.contact.commands import queue_answer
from kulanz.failpoints import fp
from kulanz.payments.debit_errors import IbanInvalid, IbanOutsideSepa, NoCredit, NotInEuro
from kulanz.payments.models import REFUND_UNDER_WAY, RefundProposal
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.accounts import BankAccount, read_account
from kulanz.payments.rules.sepa_ids import refund_id

FOUND: Final = "Nach der letzten Zahlung ist ein Guthaben übrig."
ASKED: Final = "Die Rückzahlung wurde auf der Seite gewünscht."
KULANZ: Final = "kulanz"
_NO_ACCOUNT: Final = BankAccount("", "", "")

# Settled cases in euro with a credit, with what the creditor calls a small amount, less those that are being paid back already.
_CREDITS: Final = """
    SELECT k.id, -sum(p.amount_cents)
    FROM claims_case k
    JOIN claims_claim c ON c.case_id = k.id
    JOIN ledger_posting p ON p.account_id = c.account_id AND p.component = 'overpaid'
    LEFT JOIN payments_collectoridentity i ON i.creditor_id = k.creditor_id
    WHERE k.state = 'settled' AND k.currency = 'EUR' AND (%s::bigint[] IS NULL OR k.id = ANY(%s))
      AND NOT EXISTS (SELECT FROM payments_refundproposal r WHERE r.case_id = k.id AND r.state = ANY(%s))
    GROUP BY k.id, i.small_refund_cents
    HAVING -sum(p.amount_cents) >= greatest(1, CASE WHEN %s THEN coalesce(i.small_refund_cents, 0) ELSE 1 END)
    ORDER BY k.id"""

# The account the last money of a case came from, and whose it was. Lines that were taken back do not count.
_PAYERS: Final = """
    SELECT DISTINCT ON (case_id) case_id, counterparty_iban, counterparty_name FROM payments_bankline
    WHERE case_id = ANY(%s) AND state = 'booked' AND amount_cents > 0 AND counterparty_iban <> ''
    ORDER BY case_id, booked_on DESC, id DESC"""


def propose_due(*, day: date, now: datetime) -> int:
    """Propose to pay back every credit of a settled case that is not being paid back yet; returns how many. Part of the daily run.

    Found by one statement over all cases. The account is the one the last payment came from; where no line says it, the debtor is asked.
    Amounts below the creditor's `small_refund_cents` wait until the debtor asks (`ask_for_refund`). A refused proposal comes back only
    if the credit has changed since.
    """
    found = _credits(None, small_counts=True)
    if not found:
        return 0
    refused = _refused(list(found))
    proposed = 0
    for case_id, cents in found.items():
        if refused.get(case_id) == cents:
            continue
        with transaction.atomic():
            proposed += _propose(case_id, reason=FOUND, by=KULANZ, day=day, now=now) is not None
    return proposed


def ask_for_refund(case_id: int, *, by: str, reason: str = ASKED, day: date, now: datetime) -> RefundProposal:
    """Propose to pay a case's credit back because somebody asked, however small it is. Raises `NoCredit`, `NotInEuro`."""
    case = touch([case_id])[case_id]
    if case.currency != "EUR":
        raise NotInEuro
    proposal = _propose(case_id, reason=reason, by=by, day=day, now=now)
    if proposal is None:
        raise NoCredit
    return proposal


def credit_of(case_id: int) -> dict[int, int]:
    """The credit of each claim of a case, in cents; claims without one are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, -sum(p.amount_cents) FROM claims_claim c JOIN ledger_posting p ON p.account_id = c.account_id"
            " WHERE c.case_id = %s AND p.component = 'overpaid' GROUP BY c.id HAVING sum(p.amount_cents) < 0",
            [case_id],
        )
        return {claim_id: int(cents) for claim_id, cents in cursor.fetchall()}


def _credits(case_ids: Sequence[int] | None, *, small_counts: bool) -> dict[int, int]:
    wanted = list(case_ids) if case_ids is not None else None
    with connection.cursor() as cursor:
        cursor.execute(_CREDITS, [wanted, wanted, [state.value for state in REFUND_UNDER_WAY], small_counts])
        return {case_id: int(cents) for case_id, cents in cursor.fetchall()}


def _refused(case_ids: Sequence[int]) -> Mapping[int, int]:
    """The amount last refused for each case."""
    rows = RefundProposal.objects.filter(case_id__in=case_ids, state="refused").order_by("id")
    return dict(rows.values_list("case_id", "amount_cents"))


def _propose(case_id: int, *, reason: str, by: str, day: date, now: datetime) -> RefundProposal | None:
    """Propose under the case's lock, if there is still a credit and no other proposal; ask for the account where it is unknown."""
    case = touch([case_id])[case_id]
    cents = _credits([case_id], small_counts=False).get(case_id, 0)
    if cents <= 0:
        return None
    account, holder = _payer(case)
    number = RefundProposal.objects.filter(case_id=case_id).count() + 1
    fp("refund.before_propose")
    proposal = RefundProposal.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        amount_cents=cents,
        currency=case.currency,
        iban=account.iban,
        bic=account.bic,
        holder=holder[:70],
        iban_source="bank_line" if account.iban else "",
        reason=reason,
        proposed_by=by,
        proposed_at=now,
        end_to_end_id=refund_id(case.reference, number),
    )
    fp("refund.after_propose")
    text = f"Rückzahlung über {euros(cents, case.currency)} vorgeschlagen. Eine zweite Person gibt sie frei."
    record_event(case, "refund_proposed", text, actor=by, now=now, data={"refund": proposal.id})
    if not account.iban:
        step = f"refund-{proposal.id}-account"
        queue_answer(case_id, "refund_account_wanted", step=step, params=refund_params(proposal), day=day, now=now)
    return proposal


def _payer(case: Case) -> tuple[BankAccount, str]:
    """The account and name the last payment came from; nothing where no line has a readable one."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYERS, [[case.id]])
        row = cursor.fetchone()
    if row is None:
        return _NO_ACCOUNT, ""
    try:
        return read_account(row[1]), row[2]
    except (IbanInvalid, IbanOutsideSepa):
        return _NO_ACCOUNT, ""


def refund_params(proposal: RefundProposal) -> dict[str, Any]:
    """What every message about a refund says."""
    words = {"account_end": proposal.iban[-4:]} if proposal.iban else {}
    return {"particulars": {"amounts": {"refund_amount": proposal.amount_cents}, "words": words}}
