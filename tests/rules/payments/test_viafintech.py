"""viafintech: the published signature numbers, slips as its interface describes them, and what a message may not do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.payments.providers.cash import CashTerms, CustomerKey, SlipBy, cash_terms
from kulanz.payments.providers.errors import NotGenuine, ProviderRefused, ProvidersUnreadable
from kulanz.payments.providers.port import Delivery, Heard, Method, MoneyKind, Order, Stage
from kulanz.payments.providers.viafintech import API_URL, OLD, Viafintech, signature
from kulanz.world.provider_server import as_viafintech
from tests.providers import SECRET, Played, played
from tests.rules.payments.test_provider_adapters import NOW, order

KEY = "6b3fb3abef828c7d10b5a905a49c988105621395"
HOOK = "https://kulanz.example/api/webhooks/viafintech/nordlicht-viafintech"
SLIP = "slp-d90ab05c-69f2-4e87-9972-97b3275a0ccd"


def cash(cents: int = 8589) -> Order:
    terms = CashTerms()
    return replace(order(Method.CASH, cents), reference="RF18539007547034", customer_key="4711", valid_until=terms.until(NOW.date()))


@pytest.fixture
def world() -> Played:
    return played(clock=lambda: NOW)


@pytest.mark.parametrize(
    ("verb", "path", "query", "moment", "key", "body", "expected"),
    [
        ("GET", "/v2", "", "13 Apr 2016 15:00:00 GMT", "", "", "5daa2167ae9a510fbc144ca246ab42d18695b2903de238ccc72f2552f888037b"),
        (
            "POST", "/v2", "", "13 Apr 2016 15:00:00 GMT", "6729eb3c-e4b7-49ef-adb6-cbbfdb327774", "",
            "c07c626d221b73cd8f3d7e125e4f74421c19016f352f0845b0a64068a2d9392c",
        ),
        ("GET", "/v2", "count=2", "13 Apr 2016 15:00:00 GMT", "", "", "0aa39eb2eaf092547bcae9da3a0d506c2ac5cc119441b28d9303af43d3f65ebd"),
        (
            "GET", "/v2", "count=2&foo=bar", "13 Apr 2016 15:00:00 GMT", "", "",
            "3eb8454ced6bd75f3ac7c136737f73ba540f8f5ebc652ec1ffcba7109ed8085e",
        ),
        (
            "GET", "/v2", "", "13 Apr 2016 15:00:00 GMT", "", '{ "foo" : "bar", "bla": 123 }',
            "61ce6f17bdb8a2a1dbb3b1c96103b861820c91a9a1716a4ddab206d23f4c5849",
        ),
    ],
)  # fmt: skip
def test_a_signature_has_the_published_value(verb: str, path: str, query: str, moment: str, key: str, body: str, expected: str) -> None:
    """The numbers of the tests in viafintech's Ruby SDK (host api.viafintech.com:443)."""
    found = signature(
        KEY, host="api.viafintech.com:443", verb=verb, path=path, query=query, date_header=moment, idempotency_key=key, body=body.encode()
    )
    assert found == expected


def published_webhook() -> bytes:
    """The example message whose signature the SDK publishes, rebuilt: indented by four, deeper objects by two more."""
    lines = [
        "{",
        '    "event": "paid",',
        '    "event_occurred_at": "2016-01-06T12:34:56Z",',
        '    "affected_transaction_id": "4729294329",',
        '    "slip": {',
        f'        "id": "{SLIP}",',
        '        "slip_type": "payment",',
        '        "division_id": "1234",',
        '        "reference_key": "O64737X",',
        '        "expires_at": "2016-01-10T12:34:56Z",',
        '        "customer": {',
        '            "key": "LDFKHSLFDHFL",',
        '            "cell_phone_last_4_digits": "6789",',
        '            "email": "john@example.com",',
        '            "language": "de-DE"',
        "        },",
        '        "metadata": {',
        '          "order_id": 1234,',
        '          "invoice_no": "A123"',
        "        },",
        '        "transactions": [',
        "          {",
        '            "id": "4729294329",',
        '            "currency": "EUR",',
        '            "amount": "123.34",',
        '            "state": "paid"',
        "          }",
        "        ]",
        "    }",
        "}",
    ]
    return "\n".join(lines).encode()


def test_the_published_webhook_is_genuine_and_says_what_was_paid() -> None:
    adapter = Viafintech("12345", KEY, CashTerms())
    headers = {
        "bz-hook-format": "v2",
        "date": "Fri, 01 Apr 2016 09:20:06 GMT",
        "bz-signature": "BZ1-HMAC-SHA256 eb22cda264a5cf5a138e8ac13f0aa8da2daf28c687d9db46872cf777f0decc04",
    }
    delivery = Delivery(headers, published_webhook(), "https://callback.example.com/barzahlen/callback")
    (notice,) = adapter.hear(delivery, now=datetime(2016, 4, 1, 9, 21, tzinfo=UTC)).notices
    (paid,) = notice.movements
    assert (notice.stage, paid.kind, paid.cents, paid.currency, paid.on) == (Stage.PAID, MoneyKind.PAID, 12334, "EUR", date(2016, 1, 6))
    assert notice.refs == (SLIP, "4729294329")
    for wrong in (
        replace(delivery, url="https://callback.example.com/elsewhere"),
        replace(delivery, url="https://other.example.com/barzahlen/callback"),
        replace(delivery, url="https://callback.example.com:8443/barzahlen/callback"),
        replace(delivery, body=delivery.body.replace(b"123.34", b"999.34")),
        replace(delivery, headers=headers | {"date": "Fri, 01 Apr 2016 09:20:07 GMT"}),
    ):
        with pytest.raises(NotGenuine):
            adapter.hear(wrong, now=datetime(2016, 4, 1, 9, 21, tzinfo=UTC))


def test_a_slip_is_asked_for_as_the_published_example_does(world: Played) -> None:
    started = world.adapters["viafintech"].create(cash())
    (request,) = world.requests
    assert (request.method, request.url.path) == ("POST", "/viafintech@nordlicht-viafintech/v2/slips")
    assert request.headers["idempotency-key"] == str(cash().public_id)
    assert request.headers["authorization"].startswith("BZ1-HMAC-SHA256 DivisionId=12345, Signature=")
    assert request.headers["date"].endswith(" GMT")
    assert json.loads(request.content) == {
        "slip_type": "payment",
        "customer": {"key": "4711", "language": "de-DE"},
        "transactions": [{"currency": "EUR", "amount": "85.89"}],
        "reference_key": "RF18539007547034",
        "hook_url": "https://kulanz.example/api/webhooks/mollie/nordlicht-mollie",
        "expires_at": "2026-03-09T22:59:59Z",
        "metadata": {"kulanz_checkout": str(cash().public_id)},
    }
    assert started.redirect_url == "https://kulanz.example/p/back", "the debtor stays with us"
    assert started.valid_until == datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
    assert "Elif" not in request.content.decode(), "no name leaves the house"


def test_the_address_is_the_published_one_and_the_sandbox_one_if_the_file_says_so() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"id": SLIP})

    for url in ("", "https://api-sandbox.viafintech.com"):
        Viafintech("1", KEY, CashTerms(), api_url=url, transport=httpx.MockTransport(answer)).create(cash())
    assert seen == [f"{API_URL}/v2/slips", "https://api-sandbox.viafintech.com/v2/slips"]


def test_an_e_mail_address_leaves_the_house_only_where_the_contract_needs_it() -> None:
    asked_for: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked_for.append(json.loads(request.content)["customer"])
        return httpx.Response(200, json={"id": SLIP})

    for terms in (CashTerms(), CashTerms(slip=SlipBy.EMAIL), CashTerms(customer_key=CustomerKey.EMAIL)):
        Viafintech("1", KEY, terms, transport=httpx.MockTransport(answer)).create(cash())
    email = "elif@example.com"
    assert [(c["key"], c.get("email")) for c in asked_for] == [("4711", None), ("4711", email), (email, email)]
    with pytest.raises(ProviderRefused):
        Viafintech("1", KEY, CashTerms(slip=SlipBy.EMAIL), transport=httpx.MockTransport(answer)).create(replace(cash(), payer=None))


def test_a_slip_can_be_shown_withdrawn_and_not_paid_afterwards(world: Played) -> None:
    adapter = world.adapters["viafintech"]
    assert isinstance(adapter, Viafintech)
    name = adapter.create(cash()).provider_ref
    assert adapter.slip_pdf(name).startswith(b"%PDF-")
    adapter.send_again(name)
    gone = adapter.withdraw(name)
    assert gone.stage is Stage.EXPIRED and str(cash().public_id) in gone.refs
    assert adapter.fetch(name).stage is Stage.EXPIRED
    world.house.at_till(name, "pay")
    assert adapter.fetch(name).stage is Stage.EXPIRED
    assert world.deliver() == []
    with pytest.raises(ProviderRefused):
        Viafintech("12345", SECRET, CashTerms(slip=SlipBy.EMAIL)).slip_pdf(name)


def test_withdrawing_a_slip_that_was_paid_in_the_meantime_tells_of_the_money(world: Played) -> None:
    adapter = world.adapters["viafintech"]
    assert isinstance(adapter, Viafintech)
    name = adapter.create(cash()).provider_ref
    world.house.at_till(name, "pay")
    told = adapter.withdraw(name)
    assert (told.stage, [move.cents for move in told.movements]) == (Stage.PAID, [8589])


def test_the_answer_to_withdrawing_may_still_call_the_slip_pending() -> None:
    """The published example of this answer does."""
    slip = {"id": SLIP, "slip_type": "payment", "transactions": [{"id": "1", "amount": "1.00", "currency": "EUR", "state": "pending"}]}
    adapter = Viafintech("1", KEY, CashTerms(), transport=httpx.MockTransport(lambda _: httpx.Response(200, json=slip)))
    assert adapter.withdraw(SLIP).stage is Stage.EXPIRED


def test_the_day_of_payment_is_the_one_of_the_message_and_never_after_the_slip_had_expired(world: Played) -> None:
    adapter = world.adapters["viafintech"]
    name = adapter.create(cash()).provider_ref
    world.house.at_till(name, "pay")
    ((paid,),) = (notice.movements for heard in (adapter.hear(d, now=NOW) for d in world.deliver()) for notice in heard.notices)
    assert paid.on == date(2026, 3, 2)
    slip = as_viafintech.slip_of(world.house.book.payments[name], None)
    late = Viafintech(
        "1", KEY, CashTerms(),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, json=slip)), clock=lambda: NOW + timedelta(days=30),
    )  # fmt: skip
    assert late.fetch(name).movements[0].on == date(2026, 3, 9)


def test_a_refund_is_a_slip_that_moves_money_when_it_is_carried_to_a_till(world: Played) -> None:
    adapter = world.adapters["viafintech"]
    name = adapter.create(cash()).provider_ref
    world.house.at_till(name, "pay")
    world.deliver()
    refund = adapter.refund(name, 1000, "EUR", key="back-1")
    assert adapter.refund(name, 1000, "EUR", key="back-1") == refund, "the same key is the same refund"
    assert [(m.kind, m.ref, m.ours) for m in adapter.fetch(refund).movements] == [(MoneyKind.REFUND_PENDING, refund, "back-1")]
    assert world.deliver() == []
    world.house.at_till(refund, "pay")
    (heard,) = [adapter.hear(delivery, now=NOW) for delivery in world.deliver()]
    (notice,) = heard.notices
    assert [(m.kind, m.ref, m.cents, m.ours) for m in notice.movements] == [(MoneyKind.REFUNDED, refund, 1000, "back-1")]
    assert name in notice.refs, "by which the payment is found"
    assert [m.kind for m in adapter.fetch(refund).movements] == [MoneyKind.REFUNDED]


def said(world: Played, content: Any, *, at: datetime = NOW, fmt: str = "v2") -> Heard:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = as_viafintech.sign(body, HOOK, SECRET, at) | {"bz-hook-format": fmt}
    return world.adapters["viafintech"].hear(Delivery(headers, body, HOOK), now=NOW)


def message(event: str, kind: str = "payment", **more: Any) -> dict[str, Any]:
    amount = "85.89" if kind == "payment" else "-85.89"
    slip = {"id": SLIP, "slip_type": kind, "transactions": [{"id": "7", "currency": "EUR", "amount": amount, "state": "paid"}]}
    return {"event": event, "event_occurred_at": "2026-03-02T10:00:00Z", "affected_transaction_id": "7", "slip": slip | more}


def test_what_other_messages_mean(world: Played) -> None:
    assert said(world, message("expired")).notices[0].stage is Stage.EXPIRED
    (storno,) = said(world, message("canceled")).notices
    assert (storno.stage, bool(storno.attention)) == (Stage.STARTED, True), "what is not described goes to a person"
    (failed,) = said(world, message("expired", "refund", refund={"for_slip_id": "slp-1"})).notices
    assert [move.kind for move in failed.movements] == [MoneyKind.REFUND_FAILED]
    assert said(world, message("paid", "payout")) == Heard()
    assert said(world, message("opened")) == Heard()
    assert said(world, message("paid"), fmt="v1") == Heard(), "the same comes as v2"
    first, second = said(world, message("paid")).notices[0], said(world, message("paid")).notices[0]
    assert first.event_id == second.event_id != said(world, message("expired")).notices[0].event_id


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"nonsense",
        b"[" * 100_000,
        message("paid") | {"affected_transaction_id": "8"},
        message("paid") | {"event_occurred_at": "?"},
        message("paid", transactions=[{"id": "7", "amount": "1,00", "currency": "EUR"}]),
        message("paid", "refund", transactions=[{"id": "7", "amount": "1.00"}]),
    ],
)
def test_a_signed_message_that_does_not_fit_together_is_refused(world: Played, content: Any) -> None:
    with pytest.raises(ProviderRefused):
        said(world, content)


def test_a_message_may_be_late_but_not_from_another_time(world: Played) -> None:
    assert said(world, message("paid"), at=NOW - OLD + timedelta(minutes=1)).notices
    for at in (NOW - OLD - timedelta(minutes=1), NOW + timedelta(minutes=6)):
        with pytest.raises(NotGenuine):
            said(world, message("paid"), at=at)


@settings(max_examples=60, deadline=None)
@given(header=st.text(max_size=90), moment=st.text(max_size=40), url=st.text(max_size=60))
def test_a_delivery_without_the_secret_is_never_believed(header: str, moment: str, url: str) -> None:
    delivery = Delivery({"bz-signature": header, "date": moment}, b"{}", HOOK + "/" + url.replace("[", "").replace("]", ""))
    with pytest.raises(NotGenuine):
        Viafintech("12345", SECRET, CashTerms()).hear(delivery, now=NOW)


def test_the_provider_answers_only_calls_that_are_signed() -> None:
    world = played(clock=lambda: NOW)
    stranger = Viafintech(
        "12345", "wrong", CashTerms(), api_url=str(world.adapters["viafintech"]._wire._client.base_url),  # type: ignore[attr-defined]  (of the played one)
        transport=world.adapters["viafintech"]._wire._client._transport, clock=lambda: NOW,  # type: ignore[attr-defined]
    )  # fmt: skip
    with pytest.raises(ProviderRefused):
        stranger.create(cash())


@pytest.mark.parametrize("name", ["../../v1/x", "slp-1?x=2", "cs_1", "", "slp-1/resend"])
def test_a_name_that_is_no_slip_is_not_asked_about(name: str) -> None:
    with pytest.raises(ProviderRefused):
        Viafintech("1", KEY, CashTerms(), transport=httpx.MockTransport(lambda _: httpx.Response(200))).fetch(name)


def test_the_terms_are_read_or_refused() -> None:
    assert cash_terms({}, 1) == CashTerms()
    read = cash_terms({"min_amount": "1", "max_amount": "500.00", "valid_days": 14, "slip": "email", "shops_url": "https://x.example"}, 1)
    assert (read.min_cents, read.max_cents, read.valid_days, read.slip, read.needs_email) == (100, 50000, 14, SlipBy.EMAIL, True)
    assert [read.takes(cents) for cents in (99, 100, 50000, 50001)] == [False, True, True, False]
    for wrong in (
        {"valid_days": 22}, {"valid_days": 0}, {"valid_days": "7"}, {"slip": "fax"}, {"max_amount": "viel"}, {"max_amount": "0.00"},
        {"min_amount": "10", "max_amount": "9"}, {"customer_key": "name"}, {"shops_url": "http://x.example"}, {"shops_url": "javascript:1"},
    ):  # fmt: skip
        with pytest.raises(ProvidersUnreadable):
            cash_terms(wrong, 1)
