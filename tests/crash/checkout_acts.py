"""What happens with payments through a provider during an experiment, each in one transaction; the provider is the played one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.checkouts import (
    Wish,
    accept_amount,
    hear,
    mark_done,
    order_back,
    place,
    reconcile,
    send_back,
    send_off,
    set_aside,
)
from kulanz.payments.commands.money_file import take_money_file
from kulanz.payments.commands.refunds import approve, propose_due
from kulanz.payments.models import Checkout, ProviderProblem, RefundProposal
from kulanz.payments.providers.errors import NotGenuine
from kulanz.payments.providers.port import Delivery, Method
from kulanz.site import clock
from tests.bank import Move, camt053
from tests.providers import Played, connected, played


@contextmanager
def _world() -> Iterator[Played]:
    world = played(clock=clock.now)
    with connected(world), transaction.atomic():
        yield world


def _begin(world: Played, provider: str = "stripe", method: Method = Method.CARD) -> Checkout:
    """The first debtor of Nordlicht with something open pays all of it by card."""
    day, now = clock.today(), clock.now()
    case = Case.objects.filter(state="open", creditor__key="nordlicht").order_by("id")[0]
    cents = sum(balance.total_cents for balance in open_amounts([case.id], day)[case.id])
    checkout = place(Wish(case.id, f"nordlicht-{provider}", method, cents, "crash"), day=day, now=now)
    send_off(checkout.id, site_url="http://kulanz.test", return_path="/p/back", language="de", now=now)
    checkout.refresh_from_db()
    return checkout


def _listen(world: Played) -> None:
    for post in world.house.posts():
        provider, endpoint = post.url.split("/")[-2:]
        hear(provider, endpoint, Delivery(post.headers, post.body, post.url), day=clock.today(), now=clock.now())


def pay_by_card() -> None:
    """Somebody pays by card; the provider takes it back later, and then again it does not."""
    with _world() as world:
        checkout = _begin(world)
        for action in ("pay", "dispute", "win"):
            world.house.act(checkout.provider_ref, action)
            _listen(world)


def pay_an_odd_amount() -> None:
    """The provider reports less than was asked for: a person takes it, gives a part back, and has an answer to that as well."""
    with _world() as world:
        checkout = _begin(world)
        world.house.book.payments[checkout.provider_ref].cents -= 100
        world.house.act(checkout.provider_ref, "pay")
        _listen(world)
        accept_amount(checkout.id, actor="lead", day=clock.today(), now=clock.now())
        world.adapters["stripe"].refund(checkout.provider_ref, 200, "EUR", key="their own page")
        _listen(world)
        set_aside(checkout.id, reason="bleibt erlassen", actor="lead", now=clock.now())


def card_money_goes_back() -> None:
    """Somebody pays twice, by card and by transfer: two people agree, the card's money goes back, and later it bounces."""
    with _world() as world:
        day, now = clock.today(), clock.now()
        checkout = _begin(world)
        move = Move(checkout.amount_cents, checkout.case.reference, "X", ref="twice", on=day)
        import_statement(camt053([move], account=checkout.creditor.iban, number=""), "twice.xml", actor="crash", now=now, day=day)
        world.house.act(checkout.provider_ref, "pay")
        _listen(world)
        propose_due(day=day, now=now)
        row = RefundProposal.objects.get(checkout=checkout)
        approve(row.id, actor="second", now=now)
        send_back(order_back(row.creditor_id, now=now, actor="first"), day=day, now=now)
        world.house.act(checkout.provider_ref, "refund_failed")
        _listen(world)


def settlement_file_comes() -> None:
    """Somebody pays by PayPal, and its file of movements is handed in."""
    with _world() as world:
        checkout = _begin(world, "paypal", Method.PAYPAL)
        world.house.act(checkout.provider_ref, "pay")
        _listen(world)
        ref = world.house.book.payments[checkout.provider_ref].money_id
        cents = f"{checkout.amount_cents // 100},{checkout.amount_cents % 100:02d}"
        head = "Datum,Name,Typ,Status,Währung,Brutto,Gebühr,Netto,Absender E-Mail-Adresse,Empfänger E-Mail-Adresse,Transaktionscode"
        row = f'{clock.today():%d.%m.%Y},x,Zahlung,Abgeschlossen,EUR,"{cents}","-1,00","{cents}",a,b,{ref},{ref},Haben'
        file = f"{head},Zugehöriger Transaktionscode,Auswirkung auf Guthaben\n{row}\n"
        take_money_file(file.encode(), "paypal.csv", actor="crash", now=clock.now(), day=clock.today())


def provider_is_odd() -> None:
    """A message without proof comes in, is kept, and somebody marks it as done."""
    with _world():
        with suppress(NotGenuine):
            hear("stripe", "nordlicht-stripe", Delivery({}, b"{}"), day=clock.today(), now=clock.now())
        mark_done(ProviderProblem.objects.get().id, note="Geheimnis getauscht", actor="lead", now=clock.now())


def provider_pays_out() -> None:
    """A payment arrives on the bank account by way of the provider."""
    with _world() as world:
        checkout = _begin(world)
        world.house.act(checkout.provider_ref, "pay")
        _listen(world)
        payout = world.house.book.pay_out("stripe")
        assert payout
        day, now = clock.today(), clock.now()
        move = Move(payout.net_cents, f"STRIPE {payout.id}", "Stripe Payments", ref="payout", on=day)
        file = camt053([move], account=checkout.creditor.iban, number="")
        import_statement(file, "payout.xml", actor="crash", now=now, day=day)
        found = reconcile(world.endpoints["stripe"], since=day, until=day, day=day, now=now)
        assert found.tied == 1, found
