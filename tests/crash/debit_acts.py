"""Direct debits and refunds as acts of an experiment, each in one transaction."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseState, Creditor
from kulanz.payments.commands import import_statement, undo
from kulanz.payments.commands.direct_debits import (
    Signature,
    collect,
    expire_mandates,
    offer_mandate,
    revoke_mandate,
    set_collector,
    sign_mandate,
    submit_due,
)
from kulanz.payments.commands.orders import mark_downloaded
from kulanz.payments.commands.refunds import approve, name_account, order_refunds, propose_due
from kulanz.payments.models import BankLine, Collection, Mandate, MandateKind, OrderFile, RefundProposal
from kulanz.site import clock
from tests.bank import Move, camt053

PAYER = "DE02120300000000202051"


def give_mandate() -> None:
    """A debtor gives a mandate and has everything collected."""
    with transaction.atomic():
        _announced(1)


def offer_a_mandate() -> None:
    """Somebody asks on the phone for direct debit and is sent the way there."""
    case = Case.objects.filter(state=CaseState.OPEN, currency="EUR").exclude(creditor__iban="").order_by("id")[0]
    with transaction.atomic():
        set_collector(Creditor.objects.get(id=case.creditor_id), "DE98ZZZ09999999999")
        offer_mandate(case.id, actor="agent", day=clock.today(), now=clock.now())


def take_mandate_back() -> None:
    """A debtor gives a mandate, has something collected, and thinks better of it."""
    with transaction.atomic():
        (collection,) = _announced(1)
        revoke_mandate(collection.mandate_id, because="", day=clock.today(), now=clock.now())


def mandates_lapse() -> None:
    """A mandate that nobody used for years comes to its end."""
    with transaction.atomic():
        (collection,) = _announced(1)
        Collection.objects.filter(id=collection.id).delete()
        Mandate.objects.update(signed_on=date(2022, 1, 3))
        expire_mandates(day=clock.today(), now=clock.now())


def hand_in_and_return() -> None:
    """The file is made and fetched; the bank pays, and takes one back."""
    with transaction.atomic():
        (collection,) = _handed_in(1)
        cents, number = collection.submitted_cents or 0, collection.end_to_end_id
        iban = collection.case.creditor.iban
        _import(iban, Move(cents, "Lastschrift", "X", PAYER, end_to_end=number, ref="IN", on=clock.today()), 1)
        back = Move(-cents, "Ruecklastschrift", "X", PAYER, end_to_end=number, ref="BACK", on=clock.today())
        _import(iban, back, 2, reason="AC04")


def transfer_goes_back() -> None:
    """The bank takes a transfer back and the debtor is told; then a person finds that it was none of this case's money."""
    with transaction.atomic():
        case = _open_cases()[0]
        iban = case.creditor.iban
        came_on = clock.today() - timedelta(days=1)
        _import(iban, Move(500, case.reference, case.debtor.display_name, PAYER, end_to_end="T-1", ref="CAME", on=came_on), 1)
        back = Move(-500, "Rueckgabe", case.debtor.display_name, PAYER, end_to_end="T-1", ref="WENT", on=clock.today())
        _import(iban, back, 2, reason="AC04")
        line = BankLine.objects.get(bank_ref="WENT")
        undo(line.id, reason="Irrtum", actor="first", now=clock.now(), day=clock.today())


def batch_comes() -> None:
    """The bank credits a whole file in one line."""
    with transaction.atomic():
        collections = _handed_in(2)
        file = OrderFile.objects.latest("id")
        _import(collections[0].case.creditor.iban, Move(file.sum_cents, file.message_id, ref="BATCH", on=clock.today()), 1)


def pay_back() -> None:
    """A credit is found, its account named, agreed, ordered; the money leaves, and comes back."""
    with transaction.atomic():
        case = _open_cases()[0]
        creditor = case.creditor
        _import(creditor.iban, Move(900_000, case.reference, case.debtor.display_name, "", ref="MUCH", on=clock.today()), 1)
        propose_due(day=clock.today(), now=clock.now())
        row = RefundProposal.objects.get(case=case)
        name_account(row.id, iban=PAYER, holder="X", source="staff", actor="first", now=clock.now())
        approve(row.id, actor="second", now=clock.now())
        order_refunds(creditor.id, day=clock.today(), now=clock.now(), actor="first")
        out = Move(-row.amount_cents, "Erstattung", "X", PAYER, end_to_end=row.end_to_end_id, ref="OUT", on=clock.today())
        back = Move(row.amount_cents, "Erstattung", "X", PAYER, end_to_end=row.end_to_end_id, ref="BACK", on=clock.today())
        _import(creditor.iban, out, 2)
        _import(creditor.iban, back, 3)


def _open_cases() -> list[Case]:
    creditor = Creditor.objects.get(key="nordlicht")
    rows = Case.objects.filter(creditor=creditor, state=CaseState.OPEN, currency="EUR", holds__isnull=True)
    cases = list(rows.select_related("creditor", "debtor").order_by("id"))
    owed = open_amounts([case.id for case in cases], clock.today())
    return [case for case in cases if sum(balance.total_cents for balance in owed[case.id]) > 0]


def _announced(count: int) -> list[Collection]:
    """That many debtors give a mandate and choose a day."""
    cases = _open_cases()[:count]
    set_collector(cases[0].creditor, "DE98ZZZ09999999999")
    found = []
    for case in cases:
        signed = Signature("X", PAYER, MandateKind.RECURRENT, "de", "postcode", "portal", f"mandate {case.id}")
        mandate = sign_mandate(case.id, signed, day=clock.today(), now=clock.now())
        found.append(collect(mandate.id, amount_cents=None, wanted_on=clock.today(), day=clock.today(), now=clock.now(), shown=True))
    return found


def _handed_in(count: int) -> list[Collection]:
    """That many collections are in a file somebody has fetched."""
    rows = _announced(count)
    earlier = clock.today() - timedelta(days=20)
    Collection.objects.filter(id__in=[row.id for row in rows]).update(submit_on=clock.today(), noticed_on=earlier)
    submit_due(day=clock.today(), now=clock.now(), actor="first")
    mark_downloaded(OrderFile.objects.latest("id"), actor="first", now=clock.now())
    return list(Collection.objects.filter(id__in=[row.id for row in rows]).select_related("case__creditor").order_by("id"))


def _import(iban: str, move: Move, number: int, *, reason: str = "") -> None:
    text = camt053([move], account=iban, number=number).decode()
    if reason:
        text = text.replace("<RmtInf>", f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf><RmtInf>", 1)
    import_statement(text.encode(), f"{number}.xml", actor="bank", now=clock.now(), day=clock.today())
