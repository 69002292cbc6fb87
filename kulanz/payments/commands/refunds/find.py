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
from kulanz.payments.models import (
    REFUND_UNDER_WAY,
    BankLine,
    Checkout,
    CheckoutState,
    LineState,
    RefundProposal,
    RefundState,
)
from kulanz.payments.providers import config
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.accounts import BankAccount, read_account
from kulanz.payments.rules.refunds import Incoming, way_back
from kulanz.payments.rules.sepa_ids import refund_id

FOUND: Final = "Nach der letzten Zahlung ist ein Guthaben übrig."
ASKED: Final = "Die Rückzahlung wurde auf der Seite gewünscht."
KULANZ: Final = "kulanz"
_NO_ACCOUNT: Final = BankAccount("", "", "")

# Settled cases with a credit, with what the creditor calls a small amount, less those that are being paid back already. A transfer goes
# in euro only; money that came through a provider goes back in its own currency.
_CREDITS: Final = """
    SELECT k.id, -sum(p.amount_cents)
    FROM claims_case k
    JOIN claims_claim c ON c.case_id = k.id
    JOIN ledger_posting p ON p.account_id = c.account_id AND p.component = 'overpaid'
    LEFT JOIN payments_collectoridentity i ON i.creditor_id = k.creditor_id
    WHERE k.state = 'settled' AND (%s::bigint[] IS NULL OR k.id = ANY(%s))
      AND (k.currency = 'EUR' OR EXISTS (SELECT FROM payments_checkout o WHERE o.case_id = k.id AND o.state = 'paid'))
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

    Found by one statement over all cases. Money that came through a provider goes back through it; else the account is the one the last
    payment came from, and where no line says it, the debtor is asked. While a payment through a provider waits for a person, so does this.
    Amounts below the creditor's `small_refund_cents` wait until the debtor asks (`ask_for_refund`). A refused proposal comes back only
    if the credit has changed since.
    """
    found = _credits(None, small_counts=True)
    if not found:
        return 0
    refused = _refused(list(found))
    proposed = 0
    unclear = set(Checkout.objects.filter(case_id__in=found).exclude(parked="").values_list("case_id", flat=True))
    for case_id in found:
        if case_id in unclear:
            continue
        with transaction.atomic():
            proposed += _propose(case_id, reason=FOUND, by=KULANZ, day=day, now=now, refused_cents=refused.get(case_id)) is not None
    return proposed


def ask_for_refund(case_id: int, *, by: str, reason: str = ASKED, day: date, now: datetime) -> RefundProposal:
    """Propose to pay a case's credit back because somebody asked, however small it is. Raises `NoCredit`, `NotInEuro`."""
    case = touch([case_id])[case_id]
    proposal = _propose(case_id, reason=reason, by=by, day=day, now=now)
    if proposal is None:
        raise NotInEuro if case.currency != "EUR" else NoCredit
    return proposal


def comes_back_by_provider(case_id: int) -> bool:
    """True if a case's credit came through a provider and goes back there, so that nobody needs to name an account."""
    credit = sum(credit_of(case_id).values())
    return credit > 0 and way_back(credit, _incoming(case_id)).checkout_id is not None


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


def _propose(case_id: int, *, reason: str, by: str, day: date, now: datetime, refused_cents: int | None = None) -> RefundProposal | None:
    """Propose under the case's lock, if there is still a credit and no other proposal; ask for the account where it is unknown."""
    case = touch([case_id])[case_id]
    credit = _credits([case_id], small_counts=False).get(case_id, 0)
    if credit <= 0:
        return None
    way = way_back(credit, _incoming(case_id))
    if way.cents == refused_cents or (way.checkout_id is None and case.currency != "EUR"):
        return None
    cents = way.cents
    account, holder = _payer(case) if way.payer_known else (_NO_ACCOUNT, "")
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
        checkout_id=way.checkout_id,
        end_to_end_id=refund_id(case.reference, number),
    )
    fp("refund.after_propose")
    text = f"Rückzahlung über {euros(cents, case.currency)} vorgeschlagen. Eine zweite Person gibt sie frei."
    record_event(case, "refund_proposed", text, actor=by, now=now, data={"refund": proposal.id})
    if not account.iban and way.checkout_id is None:
        step = f"refund-{proposal.id}-account"
        queue_answer(case_id, "refund_account_wanted", step=step, params=refund_params(proposal), day=day, now=now)
    return proposal


def _incoming(case_id: int) -> list[Incoming]:
    """Money of a case that is still here. A provider that is not connected any more, or could not give back before, is no way back."""
    connected = {endpoint.id for endpoint in config.endpoints()}
    failed = RefundProposal.objects.filter(case_id=case_id, state=RefundState.FAILED, checkout__isnull=False).values("checkout_id")
    paid = Checkout.objects.filter(case_id=case_id, state=CheckoutState.PAID, parked="", endpoint__in=connected).exclude(id__in=failed)
    lines = BankLine.objects.filter(case_id=case_id, state=LineState.BOOKED, amount_cents__gt=0)
    return [
        *(Incoming(one.paid_on, one.entry_id or 0, one.amount_cents - one.refunded_cents, one.id) for one in paid if one.paid_on),
        *(Incoming(on, entry_id or 0, cents) for on, entry_id, cents in lines.values_list("booked_on", "entry_id", "amount_cents")),
    ]


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
