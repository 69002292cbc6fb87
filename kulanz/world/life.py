"""The customers' day: they open what has reached them, say something through their link, or pay."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case
from kulanz.contact import links
from kulanz.contact.commands import hear_paid_already, hear_something_wrong
from kulanz.contact.models import Message, MessageState, PortalLink
from kulanz.payments.agreement_errors import AgreementError
from kulanz.payments.commands.agreements import Asked, agree
from kulanz.payments.commands.direct_debits import Signature, sign_mandate
from kulanz.payments.models import AgreementKind, MandateKind
from kulanz.payments.queries_situation import situation
from kulanz.payments.rules.plan import Rhythm, Wish
from kulanz.world.bank import next_banking_day
from kulanz.world.customers import Act, Customer, Object, Pay, SayPaid, morning, notices
from kulanz.world.dice import dice
from kulanz.world.paying_later import Agreed, PayLater
from kulanz.world.people import Person
from kulanz.world.state import Branch, World, moment
from kulanz.world.transfers import write_transfer

_LINK: Final = re.compile(r"/p/([0-9a-z-]{26,})")
_SECOND_FACTOR: Final = "persönlichem Link und Postleitzahl oder Rechnungsnummer"
_SMALL_REST_CENTS: Final = 2_000
_LETTER_DAYS: Final = (2, 2, 2, 3, 3, 4)
_MAIL_DAYS: Final = (0, 0, 0, 1, 1, 2, 4)


def post_arrives(world: World, day: date) -> None:
    """Everything that was sent today is on its way: each message will be opened on some day, or never."""
    sent = Message.objects.filter(state=MessageState.SENT, sent_at__gte=moment(day, 0), sent_at__lt=moment(day + timedelta(days=1), 0))
    rows = sent.order_by("case_id", "id").values_list(
        "id", "creditor_id", "debtor__external_id", "channel", "step", "day", "case__reference"
    )
    for message_id, creditor_id, number, channel, step, queued_on, reference in rows:
        branch = world.branch_of(creditor_id)
        customer = branch.customers[number]
        stream = dice(world.seed, branch.firm.key, number, "opens", step, queued_on)
        traits = customer.traits
        if stream.random() >= (traits.reads_mail if channel == "email" else traits.reads_letter):
            continue
        opens_on = day + timedelta(days=stream.choice(_MAIL_DAYS if channel == "email" else _LETTER_DAYS))
        customer.reference = customer.reference or reference
        world.noticing[opens_on].append((branch, customer, message_id))


def customers_live(world: World, day: date) -> None:
    """One day of everybody's life."""
    opened = world.noticing.pop(day, [])
    messages = Message.objects.in_bulk([message_id for _, _, message_id in opened])
    for branch, customer, message_id in opened:
        message = messages[message_id]
        acts = notices(customer, message.template, day, seed=world.seed)
        world.truth.note(
            "noticed",
            day,
            creditor=branch.firm.key,
            customer=customer.person.customer_number,
            template=message.template,
            channel=message.channel,
        )
        _do(world, branch, customer, acts, day, message)
    for branch in world.branches:
        for customer in branch.customers.values():
            if customer.owes:
                _do(world, branch, customer, morning(customer, day, seed=world.seed, effects=world.effects), day, None)


def _do(world: World, branch: Branch, customer: Customer, acts: Iterable[Act], day: date, message: Message | None) -> None:
    for act in acts:
        match act:
            case Pay():
                _pay(world, branch, customer, act, day)
            case SayPaid() | Object() if message is not None:
                _speak(world, branch, customer, act, day, message)
            case PayLater() if message is not None:
                _agree(world, branch, customer, act, day, message)


def _pay(world: World, branch: Branch, customer: Customer, act: Pay, day: date) -> None:
    """Order a transfer; the bank books it on the next banking day."""
    cents = act.cents if act.cents is not None else _open_cents(branch, customer, act, day)
    if cents <= 0 or (not act.bills and cents > _SMALL_REST_CENTS):
        return
    cents += act.overpay_cents
    person = customer.person
    invoices = [bill.invoice.number for bill in act.bills] or [bill.invoice.number for bill in customer.bills[-1:]]
    subject = act.bills[0].invoice.subject if act.bills else ""
    payment = write_transfer(
        world.seed, person, cents=cents, invoices=invoices, reference=customer.reference, nth=customer.transfers, subject=subject
    )
    customer.transfers += 1
    customer.last_transfer_on = day
    left = cents
    for bill in act.bills:
        share = min(left, bill.invoice.cents - bill.transferred_cents)
        bill.transferred_cents += share
        bill.done = bill.transferred_cents >= bill.invoice.cents
        left -= share
    booked_on = next_banking_day(day)
    world.transfers[booked_on].append((branch, payment.movement, customer, payment.invoices))
    world.truth.note(
        "transfer",
        day,
        creditor=branch.firm.key,
        customer=person.customer_number,
        cents=cents,
        invoices=list(payment.invoices),
        habit=payment.habit.value,
        booked_on=booked_on.isoformat(),
    )


def _open_cents(branch: Branch, customer: Customer, act: Pay, day: date) -> int:
    """What the portal shows as open on these invoices today; the sum of the invoices if they are not known there yet."""
    case = Case.objects.filter(creditor=branch.creditor, debtor__external_id=customer.person.customer_number).first()
    wanted = {bill.invoice.number for bill in act.bills}
    fallback = sum(bill.invoice.cents - bill.transferred_cents for bill in act.bills)
    if case is None:
        return fallback
    balances = [each for each in open_amounts([case.id], day)[case.id] if not wanted or each.claim.external_id in wanted]
    return sum(balance.total_cents for balance in balances) if len(balances) >= len(wanted) else fallback


def _speak(world: World, branch: Branch, customer: Customer, act: SayPaid | Object, day: date, message: Message) -> None:
    """Follow the link in the message, pass the second factor, and say it, as one would on the portal's pages."""
    now = moment(day, 19, 10)
    key = f"world:{message.id}"
    with transaction.atomic():
        link = _through_the_door(customer, message, day, now)
        match act:
            case SayPaid(paid_on, text):
                hear_paid_already(link.case_id, day=day, now=now, via="portal", idempotency_key=key, paid_on=paid_on, text=text)
                said = "paid_already"
            case Object(topic, text):
                hear_something_wrong(link.case_id, topic=topic, day=day, now=now, via="portal", idempotency_key=key, text=text)
                said = topic
    world.truth.note("says", day, creditor=branch.firm.key, customer=customer.person.customer_number, what=said)


def _through_the_door(customer: Customer, message: Message, day: date, now: datetime) -> PortalLink:
    """Follow the link in the message and pass the second factor."""
    token = _LINK.search(message.body_text)
    if token is None:
        raise AssertionError(f"message {message.id} carries no link")
    link = links.resolve(token[1], day=day, now=now)
    if not links.check_second_factor(link.id, customer.person.postcode, now=now).right:
        raise AssertionError(f"the postcode of customer {customer.person.customer_number} is not taken")
    return link


def _agree(world: World, branch: Branch, customer: Customer, act: PayLater, day: date, message: Message) -> None:
    """Choose instalments or a later day on the portal's pages; who is refused there goes on as before."""
    now = moment(day, 19, 20)
    try:
        with transaction.atomic():
            link = _through_the_door(customer, message, day, now)
            agreement = agree(_asked(link.case, act, day, f"world:later:{message.id}"), day=day, now=now)
    except AgreementError as refused:
        world.truth.note("later_refused", day, creditor=branch.firm.key, customer=customer.person.customer_number, because=refused.code)
        return
    customer.agreed = Agreed(list(agreement.instalments.order_by("number").values_list("due_on", "amount_cents")), by_debit=act.by_debit)
    if act.by_debit:
        with transaction.atomic():
            sign_mandate(link.case_id, _signature(customer.person, message), day=day, now=now)
    world.truth.note(
        "agrees",
        day,
        creditor=branch.firm.key,
        customer=customer.person.customer_number,
        what=agreement.kind,
        by_debit=act.by_debit,
        payments=[[due_on.isoformat(), cents] for due_on, cents in customer.agreed.rows],
    )


def _signature(person: Person, message: Message) -> Signature:
    """What they enter on the portal's page for direct debits: their own account, for all instalments."""
    return Signature(
        holder=person.name,
        iban=person.iban,
        kind=MandateKind.RECURRENT,
        language=person.language,
        second_factor=_SECOND_FACTOR,
        via="portal",
        key=f"world:debit:{message.id}",
    )


def _asked(case: Case, act: PayLater, day: date, key: str) -> Asked:
    """What the page would send: the smallest round amount that ends in so many months, or the day."""
    if act.months == 1:
        return Asked(case.id, AgreementKind.DEFERRAL, key, "portal", "portal", until_on=act.first_on)
    found = situation(case, day)
    cents = max(found.smallest(act.first_on, Rhythm.MONTH), -(-found.open_cents // act.months // 100) * 100)
    return Asked(case.id, AgreementKind.PLAN, key, "portal", "portal", wish=Wish(cents, act.first_on))
