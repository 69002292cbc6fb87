"""Payments through a provider: booked once whatever arrives and however often, quiet meanwhile, kind when money goes back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseEvent, CaseState, Hold, HoldReason
from kulanz.contact.models import Message, MessageState
from kulanz.ledger.models import AccountKind, Entry, Posting
from kulanz.payments.checkout_errors import AmountNotOpen, MethodNotOffered, NotParked, PaymentUnderWay
from kulanz.payments.commands.checkouts import (
    Wish,
    accept_amount,
    hear,
    place,
    poll,
    refresh,
    send_off,
    set_aside,
)  # fmt: skip
from kulanz.payments.models import Checkout, CheckoutState, ProviderEvent
from kulanz.payments.providers.errors import NoSuchEndpoint, NotGenuine, ProviderUnreachable
from kulanz.payments.providers.port import Delivery, Method
from kulanz.runs.check import check
from kulanz.world.provider_server.house import Temper
from tests import factories
from tests.factories import DAY, NOW
from tests.pages.conftest import message_of
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [
    ("stripe", Method.CARD),
    ("stripe", Method.SEPA_DEBIT),
    ("paypal", Method.PAYPAL),
    ("mollie", Method.BANK),
    ("viafintech", Method.CASH),
]


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def case_of(number: int = 1, **values: object) -> Case:
    owner = factories.Creditor.objects.filter(key="nordlicht").first()
    return factories.case(owner, number=number, due_on=factories.date(2026, 1, 20), first_interest_day=None, margin_bp=None, **values)


def begin(case: Case, provider: str = "stripe", method: Method = Method.CARD, cents: int = 8490, key: str = "form 1") -> Checkout:
    with transaction.atomic():
        checkout = place(Wish(case.id, f"nordlicht-{provider}", method, cents, key), day=DAY, now=NOW)
    send_off(checkout.id, site_url="http://kulanz.test", return_path="/p/back", language="de", now=NOW)
    checkout.refresh_from_db()
    return checkout


def listen(world: Played) -> int:
    """Deliver what is due; returns how many events were new."""
    new = 0
    for post in world.house.posts():
        provider, endpoint = post.url.split("/")[-2:]
        new += hear(provider, endpoint, Delivery(post.headers, post.body, post.url), day=DAY, now=NOW)
    return new


def balance(kind: AccountKind) -> int:
    return sum(Posting.objects.filter(account__kind=kind).values_list("amount_cents", flat=True))


def owed(case: Case) -> int:
    return sum(claim.total_cents for claim in open_amounts([case.id], DAY)[case.id])


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_money_is_booked_against_the_provider_and_everything_falls_silent(world: Played, provider: str, method: Method) -> None:
    case = case_of()
    reminder = message_of(case, state="queued")
    checkout = begin(case, provider, method)
    assert Hold.objects.get(case=case).reason == HoldReason.COLLECTION
    reminder.refresh_from_db()
    assert reminder.state == MessageState.CANCELLED

    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    checkout.refresh_from_db()
    if checkout.state == CheckoutState.PENDING:
        hold = Hold.objects.get(case=case, lifted_at=None)
        assert hold.until_on == DAY + timedelta(days=14), "nobody is reminded while a bank debit runs"
        assert owed(case) == 8490, "under way is not paid"
        world.house.act(checkout.provider_ref, "settle")
        listen(world)
        checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID
    assert (owed(case), balance(AccountKind.PROVIDER), balance(AccountKind.SUSPENSE)) == (0, 8490, 0)
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED
    assert not Hold.objects.filter(case=case, lifted_at=None).exists()
    assert Message.objects.get(case=case, template="receipt").params["entry_ids"] == [checkout.entry_id]
    assert check(DAY).findings == ()


def test_a_delivery_says_nothing_new_the_second_time(world: Played) -> None:
    checkout = begin(case_of())
    world.house.act(checkout.provider_ref, "pay")
    world.house.temper = Temper(repeats=10)
    assert listen(world) == 1
    refresh(checkout.id, day=DAY, now=NOW)
    assert Entry.objects.filter(idempotency_key__startswith="checkout:").count() == 1


def test_a_chargeback_that_arrives_before_the_payment_is_not_lost(world: Played) -> None:
    case = case_of()
    checkout = begin(case)
    world.house.act(checkout.provider_ref, "pay")
    world.house.act(checkout.provider_ref, "dispute")
    first, second = reversed(world.deliver())
    assert hear("stripe", "nordlicht-stripe", first, day=DAY, now=NOW) == 1
    assert ProviderEvent.objects.get().checkout is None, "nothing tells yet whose it is"
    hear("stripe", "nordlicht-stripe", second, day=DAY, now=NOW)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.CHARGED_BACK
    assert (owed(case), balance(AccountKind.PROVIDER)) == (8490, 0)
    assert ProviderEvent.objects.filter(checkout=checkout, case=case).count() == 2


def test_money_that_goes_back_opens_the_case_and_brings_a_week_of_peace(world: Played) -> None:
    case = case_of()
    checkout = begin(case)
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    world.house.act(checkout.provider_ref, "dispute")
    listen(world)
    case.refresh_from_db()
    assert (case.state, owed(case), balance(AccountKind.PROVIDER)) == (CaseState.OPEN, 8490, 0)
    hold = Hold.objects.get(case=case, lifted_at=None)
    assert (hold.reason, hold.until_on) == (HoldReason.PAUSE, DAY + timedelta(days=7))
    assert Message.objects.get(case=case, template="payment_back").state == MessageState.QUEUED

    world.house.act(checkout.provider_ref, "win")
    listen(world)
    checkout.refresh_from_db()
    assert (checkout.state, owed(case), balance(AccountKind.PROVIDER)) == (CheckoutState.PAID, 0, 8490)
    assert check(DAY).findings == ()


def test_a_refund_made_on_the_providers_own_page_is_booked_when_it_is_reported(world: Played) -> None:
    case = case_of()
    checkout = begin(case)
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    world.adapters["stripe"].refund(checkout.provider_ref, 8490, "EUR", key="their own page")
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID, "only the provider's report counts"
    listen(world)
    checkout.refresh_from_db()
    assert (checkout.state, owed(case), balance(AccountKind.PROVIDER)) == (CheckoutState.REFUNDED, 8490, 0)
    assert not Message.objects.filter(case=case, template="payment_back").exists(), "who gives money back does not complain about it"


def test_a_part_that_went_back_waits_for_a_person(world: Played) -> None:
    case = case_of()
    checkout = begin(case)
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    world.adapters["stripe"].refund(checkout.provider_ref, 1000, "EUR", key="their own page")
    listen(world)
    checkout.refresh_from_db()
    assert (checkout.state, checkout.refunded_cents, owed(case)) == (CheckoutState.PAID, 1000, 0)
    assert checkout.parked.startswith("Von 84,90 EUR wurden 10,00 EUR erstattet.")
    with transaction.atomic():
        set_aside(checkout.id, reason="bleibt erlassen", actor="lead", now=NOW)
    refresh(checkout.id, day=DAY, now=NOW)
    checkout.refresh_from_db()
    assert checkout.parked == "", "an answered question is not asked again"


@pytest.mark.parametrize(("cents", "currency", "reason"), [(5000, "EUR", "50,00 EUR statt 84,90 EUR"), (8490, "USD", "USD statt EUR")])
def test_an_unexpected_amount_is_never_booked_by_itself(world: Played, cents: int, currency: str, reason: str) -> None:
    case = case_of()
    checkout = begin(case, "mollie", Method.CARD)
    payment = world.house.book.payments[checkout.provider_ref]
    payment.cents, payment.currency = cents, currency
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    checkout.refresh_from_db()
    assert reason in checkout.parked
    assert (checkout.state, owed(case), balance(AccountKind.PROVIDER)) == (CheckoutState.PENDING, 8490, 0)
    assert Hold.objects.get(case=case, lifted_at=None).until_on is None, "nobody is reminded until a person has looked"
    if currency == "EUR":
        with transaction.atomic():
            accept_amount(checkout.id, actor="lead", day=DAY, now=NOW)
        assert (owed(case), balance(AccountKind.PROVIDER)) == (3490, 5000)
    else:
        with transaction.atomic(), pytest.raises(NotParked):
            accept_amount(checkout.id, actor="lead", day=DAY, now=NOW)


def test_two_clicks_are_one_payment_and_a_running_debit_allows_no_second(world: Played) -> None:
    case = case_of()
    first = begin(case, "stripe", Method.SEPA_DEBIT, key="a")
    assert begin(case, "stripe", Method.SEPA_DEBIT, key="a").id == first.id
    assert begin(case, "stripe", Method.SEPA_DEBIT, key="b").id == first.id, "the page that is open already"
    world.house.act(first.provider_ref, "pay")
    listen(world)
    with pytest.raises(PaymentUnderWay):
        begin(case, "paypal", Method.PAYPAL, key="c")


@pytest.mark.parametrize(("cents", "error"), [(0, AmountNotOpen), (-5, AmountNotOpen), (8491, AmountNotOpen)])
def test_nobody_pays_more_than_is_owed(world: Played, cents: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        begin(case_of(), cents=cents)
    assert not Checkout.objects.exists()


def test_a_method_of_another_creditor_is_not_offered(world: Played) -> None:
    stranger = factories.case(factories.creditor("fremd", iban="DE02120300000000202051"), number=5)
    with pytest.raises(MethodNotOffered):
        begin(stranger)
    with pytest.raises(MethodNotOffered):
        begin(case_of(), "stripe", Method.TWINT)


def test_who_leaves_the_page_is_given_up_after_two_days_and_free_again(world: Played) -> None:
    case = case_of()
    checkout = begin(case)
    assert poll(day=DAY, now=NOW + timedelta(hours=1)).given_up == 0
    later = NOW + timedelta(days=3)
    assert poll(day=DAY + timedelta(days=3), now=later).given_up == 1
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.EXPIRED
    assert not Hold.objects.filter(case=case, lifted_at=None).exists()
    world.house.act(checkout.provider_ref, "pay")
    refresh(checkout.id, day=DAY, now=later)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID, "money that comes all the same counts"


def test_lost_deliveries_are_made_up_for_by_asking(world: Played) -> None:
    checkout = begin(case_of(), "paypal", Method.PAYPAL)
    world.house.temper = Temper(lost=1.0)
    world.house.act(checkout.provider_ref, "pay")
    assert listen(world) == 0
    polled = poll(day=DAY, now=NOW + timedelta(minutes=11))
    assert (polled.asked, polled.changed) == (1, 1)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID, "approved payments are captured"


def test_a_silent_provider_changes_nothing(world: Played) -> None:
    case = case_of()
    world.house.temper = Temper(broken=1.0)
    with pytest.raises(ProviderUnreachable):
        begin(case)
    world.house.temper = Temper()
    assert begin(case).provider_ref, "trying again under the same key works"
    assert Checkout.objects.count() == 1


def test_strangers_and_wrong_doors_are_refused(world: Played) -> None:
    with pytest.raises(NoSuchEndpoint):
        hear("stripe", "nowhere", Delivery({}, b""), day=DAY, now=NOW)
    with pytest.raises(NoSuchEndpoint):
        hear("paypal", "nordlicht-stripe", Delivery({}, b""), day=DAY, now=NOW)
    with pytest.raises(NotGenuine):
        hear("stripe", "nordlicht-stripe", Delivery({}, b"{}"), day=DAY, now=NOW)
    before = len(world.requests)
    assert hear("mollie", "nordlicht-mollie", Delivery({}, b"id=tr_unknown1"), day=DAY, now=NOW) == 0
    assert len(world.requests) == before, "nobody makes us ask about payments that are not ours"


def test_any_order_of_everything_ends_the_same(world: Played) -> None:
    """Paid, charged back, won, refunded: all orders of these deliveries, each several times."""
    ends = set()
    for seed in range(12):
        case = case_of(number=10 + seed)
        checkout = begin(case, key=f"order {seed}")
        for action in ("pay", "dispute", "win", "refund"):
            world.house.act(checkout.provider_ref, action)
        deliveries = world.deliver() * 2
        random.Random(seed).shuffle(deliveries)
        for delivery in deliveries:
            hear("stripe", "nordlicht-stripe", delivery, day=DAY, now=NOW)
        checkout.refresh_from_db()
        case.refresh_from_db()
        ends.add((checkout.state, checkout.parked, owed(case), case.state, checkout.refunded_cents))
    assert ends == {("refunded", "", 8490, "open", 8490)}
    assert balance(AccountKind.PROVIDER) == 0
    assert check(DAY).findings == ()
    assert CaseEvent.objects.filter(kind="checkout_refunded").count() == 12
