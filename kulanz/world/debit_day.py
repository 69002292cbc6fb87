"""Direct debits in the world: the office hands the day's files to the bank, and the bank books what they order when its day has come."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.payments.commands.orders import mark_downloaded
from kulanz.payments.models import OrderFile, OrderKind
from kulanz.world.bank import is_banking_day, next_banking_day
from kulanz.world.debit_bank import carry_out, read_order, send_back
from kulanz.world.paying_later import comes_back
from kulanz.world.state import Branch, World, moment

ACTOR: Final = "lena.leitung"


def hand_in_files(world: World, day: date) -> None:
    """Fetch the files the daily run has made and take them to the bank, which notes every order for its day."""
    for branch in world.branches:
        customers = {customer.person.iban: customer for customer in branch.customers.values()}
        waiting = OrderFile.objects.filter(creditor=branch.creditor, kind=OrderKind.DEBIT, downloaded_at=None)
        for file in waiting.order_by("id"):
            mark_downloaded(file, actor=ACTOR, now=moment(day, 9))
            for order in sorted(read_order(bytes(file.content)), key=lambda each: each.end_to_end_id):
                due_on = order.day if is_banking_day(order.day) else next_banking_day(order.day)
                world.debits[due_on].append((branch, customers[order.iban], order, ""))


def debits_booked(world: World, branch: Branch, day: date) -> None:
    """Everything that arrives or goes back on this account today, on its way into the evening's statement."""
    for whose, customer, order, code in world.debits.get(day, []):
        if whose is not branch:
            continue
        if code:
            branch.account.deliver(send_back([order], day, {order.end_to_end_id: code}))
            customer.debit_came_back(order.cents)
            if customer.agreed is not None:
                customer.agreed.came_back(day, order.cents, code)
        else:
            branch.account.deliver(carry_out([order], order.day))
            customer.paid_by_debit(order.cents)
            if customer.agreed is not None:
                customer.agreed.debited()
            if back := comes_back(customer.person, order.end_to_end_id, seed=world.seed):
                world.debits[next_banking_day(next_banking_day(order.day))].append((branch, customer, order, back))
        branch.owners.append((customer, ()))
        world.truth.note(
            "debit",
            day,
            creditor=branch.firm.key,
            customer=customer.person.customer_number,
            cents=order.cents,
            came_back=code,
        )
