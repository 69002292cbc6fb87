"""Every request against what the provider has published; what the played provider answers against it too, so that nobody plays alone.

Published files that are not kept here (Stripe's OpenAPI, PayPal's Orders) are covered by rules of our own, compared with them field by
field on 22 November 2026.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from kulanz.payments.providers.port import Method
from kulanz.world.provider_server import as_stripe
from tests.providers import Played, played
from tests.rules.payments.test_provider_adapters import order

NOW = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)


class PlainLoader(yaml.SafeLoader):
    """Reads dates as they are written: some examples in the file are no real dates."""


PlainLoader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Published:
    """One OpenAPI file: validators for its operations, references resolved inside the file."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def _schema(self, schema: dict[str, Any], *, asked: bool) -> Draft202012Validator:
        components = self.document["components"]
        both = {**schema, "components": {"schemas": components["schemas"]}}
        return Draft202012Validator(_modern(self._without_answers(both) if asked else both))

    def _without_answers(self, schema: Any) -> Any:
        """A request need not hold what only answers have (`readOnly`), even where the file says that it is required."""
        if isinstance(schema, list):
            return [self._without_answers(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        found = {key: self._without_answers(value) for key, value in schema.items()}
        if isinstance(found.get("required"), list) and isinstance(found.get("properties"), dict):
            own = found["properties"]
            found["required"] = [name for name in found["required"] if not self._only_answered(own.get(name, {}))]
        return found

    def _only_answered(self, schema: dict[str, Any]) -> bool:
        parts = [schema, self._resolve(schema), *(self._resolve(part) for part in schema.get("allOf", []))]
        return any(part.get("readOnly") for part in parts)

    def request(self, path: str, verb: str = "post") -> Draft202012Validator:
        """What may be sent."""
        body = self._resolve(self.document["paths"][path][verb]["requestBody"])
        (content,) = (kind for name, kind in body["content"].items() if "json" in name)
        return self._schema(content["schema"], asked=True)

    def response(self, path: str, verb: str, status: str) -> Draft202012Validator:
        """What comes back."""
        answer = self._resolve(self.document["paths"][path][verb]["responses"][status])
        return self._schema(next(iter(answer["content"].values()))["schema"], asked=False)

    def _resolve(self, thing: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in thing:
            found: Any = self.document
            for step in thing["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            thing = found
        return thing


def _modern(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema; patterns a person could not write by hand stay as they are."""
    if isinstance(schema, list):
        return [_modern(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _modern(value) for key, value in schema.items() if key not in ("example", "examples", "discriminator")}
    if found.pop("nullable", False) and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


@pytest.fixture(scope="module")
def apis(shared: Path) -> Path:
    return shared / "data" / "formats" / "payment_apis"


@pytest.fixture(scope="module")
def mollie_api(apis: Path) -> Published:
    return Published(yaml.load(gzip.decompress((apis / "mollie_specs.yaml.gz").read_bytes()), PlainLoader))


def paypal_api(apis: Path, name: str) -> Published:
    return Published(json.loads(gzip.decompress((apis / f"paypal_{name}.json.gz").read_bytes())))


@pytest.fixture
def world() -> Played:
    return played(clock=lambda: NOW)


def sent(world: Played, verb: str, ending: str) -> httpx.Request:
    return next(request for request in reversed(world.requests) if request.method == verb and request.url.path.endswith(ending))


def complaints(validator: Draft202012Validator, thing: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(thing)]


def answered(world: Played, request: httpx.Request) -> Any:
    from kulanz.world.provider_server.call import Call

    headers = {name.lower(): value for name, value in request.headers.items()}
    return world.house.answer(Call(request.method, request.url.path, dict(request.url.params), headers, request.content)).content


@pytest.mark.parametrize("method", [Method.CARD, Method.APPLE_PAY, Method.BANK, Method.KLARNA, Method.EPS, Method.TWINT, Method.PAYPAL])
def test_mollie_takes_our_payments_and_the_played_one_answers_like_it(world: Played, mollie_api: Published, method: Method) -> None:
    mollie = world.adapters["mollie"]
    started = mollie.create(order(method))
    request = sent(world, "POST", "/v2/payments")
    validator = mollie_api.request("/v2/payments")
    body = json.loads(request.content)
    assert complaints(validator, body) == []
    assert complaints(validator, body | {"amount": {"value": 5}}), "the published rules do refuse what is wrong"
    known = mollie_api.document["components"]["schemas"]["method"]["enum"]
    assert body["method"] in known
    parameters = mollie_api.document["paths"]["/v2/payments"]["post"]["parameters"]
    assert any("idempotency-key" in str(parameter).lower() for parameter in parameters) and "idempotency-key" in request.headers

    world.house.act(started.provider_ref, "pay")
    world.house.act(started.provider_ref, "settle")
    mollie.refund(started.provider_ref, 100, "EUR", key="k")
    refund = sent(world, "POST", "/refunds")
    assert complaints(mollie_api.request("/v2/payments/{paymentId}/refunds"), json.loads(refund.content)) == []
    mollie.fetch(started.provider_ref)
    asked = sent(world, "GET", started.provider_ref)
    shown = answered(world, asked)
    shown.pop("_embedded")
    required = mollie_api.document["components"]["schemas"]["payment-response"]["required"]
    assert set(required) <= set(shown)
    assert complaints(mollie_api.response("/v2/payments/{paymentId}", "get", "200"), shown) == []


def test_paypal_takes_our_refunds_proofs_and_questions(world: Played, apis: Path) -> None:
    paypal = world.adapters["paypal"]
    started = paypal.create(order(Method.PAYPAL))
    world.house.act(started.provider_ref, "pay")
    paypal.fetch(started.provider_ref)
    for delivery in world.deliver():
        paypal.hear(delivery, now=NOW)
    proof = json.loads(sent(world, "POST", "verify-webhook-signature").content)
    webhooks = paypal_api(apis, "notifications_webhooks_v1")
    validator = webhooks.request("/v1/notifications/verify-webhook-signature")
    assert complaints(validator, proof) == []
    assert complaints(validator, {key: value for key, value in proof.items() if key != "webhook_id"})

    paypal.refund(started.provider_ref, 8589, "EUR", key="k")
    refund = sent(world, "POST", "/refund")
    payments = paypal_api(apis, "payments_payment_v2")
    assert complaints(payments.request("/v2/payments/captures/{capture_id}/refund"), json.loads(refund.content)) == []
    assert refund.headers["paypal-request-id"] == "k"
    order_shown = answered(world, sent(world, "GET", started.provider_ref))
    shown = order_shown["purchase_units"][0]["payments"]["captures"][0]
    assert complaints(payments.response("/v2/payments/captures/{capture_id}", "get", "200"), shown) == []

    world.house.book.pay_out("paypal")
    paypal.settlements(date(2026, 1, 1), date(2026, 3, 3))
    reporting = paypal_api(apis, "reporting_transactions_v1")
    questions = [request for request in world.requests if request.url.path.endswith("/reporting/transactions")]
    assert len(questions) == 2, "at most 31 days at once"
    named = reporting.document["components"]["parameters"]
    for request in questions:
        for name, value in request.url.params.items():
            schema = named[name]["schema"]
            given: Any = int(value) if schema["type"] == "integer" else value
            assert complaints(Draft202012Validator(schema), given) == [], name
        days = date.fromisoformat(request.url.params["end_date"][:10]) - date.fromisoformat(request.url.params["start_date"][:10])
        assert days.days <= 31
    assert complaints(reporting.response("/v1/reporting/transactions", "get", "200"), answered(world, questions[-1])) == []


ORDER = {  # compared with PayPal's checkout_orders_v2.json, version 2.13
    "type": "object",
    "required": ["intent", "purchase_units"],
    "properties": {
        "intent": {"enum": ["CAPTURE", "AUTHORIZE"]},
        "purchase_units": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": {
                "type": "object",
                "required": ["amount"],
                "additionalProperties": False,
                "properties": {
                    "custom_id": {"type": "string", "minLength": 1, "maxLength": 127},
                    "invoice_id": {"type": "string", "minLength": 1, "maxLength": 127},
                    "description": {"type": "string", "minLength": 1, "maxLength": 127},
                    "amount": {
                        "type": "object",
                        "required": ["currency_code", "value"],
                        "properties": {"currency_code": {"pattern": "^[A-Z]{3}$"}, "value": {"pattern": r"^\d+\.\d{2}$", "maxLength": 32}},
                    },
                },
            },
        },
        "payment_source": {
            "properties": {
                "paypal": {
                    "properties": {
                        "experience_context": {
                            "additionalProperties": False,
                            "properties": {
                                "return_url": {"type": "string", "pattern": "^https?://"},
                                "cancel_url": {"type": "string", "pattern": "^https?://"},
                                "user_action": {"enum": ["CONTINUE", "PAY_NOW"]},
                                "shipping_preference": {"enum": ["GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS"]},
                                "payment_method_preference": {"enum": ["UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"]},
                                "brand_name": {"type": "string", "minLength": 1, "maxLength": 127},
                                "locale": {"pattern": "^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$", "maxLength": 11},
                            },
                        }
                    }
                }
            }
        },
    },
    "additionalProperties": False,
}


def test_paypal_orders_keep_the_published_limits(world: Played) -> None:
    world.adapters["paypal"].create(order(Method.PAYPAL))
    request = sent(world, "POST", "/v2/checkout/orders")
    assert complaints(Draft202012Validator(ORDER), json.loads(request.content)) == []
    assert request.headers["paypal-request-id"] == str(order(Method.PAYPAL).public_id)


STRIPE_FORM = {  # compared with Stripe's OpenAPI file; `payment_method_types` is what the pinned version 2024-06-20 calls it
    "mode": r"payment",
    "submit_type": r"auto|book|donate|pay|subscribe",
    "client_reference_id": r".{1,200}",
    "success_url": r"https?://\S+",
    "cancel_url": r"https?://\S+",
    "locale": r"auto|de|en|en-GB|fr|it|nl|pl|tr",
    "payment_method_types[0]": r"card|sepa_debit|paypal|klarna|eps|ideal|bancontact|twint",
    "line_items[0][quantity]": r"[1-9]\d*",
    "line_items[0][price_data][currency]": r"[a-z]{3}",
    "line_items[0][price_data][unit_amount]": r"[1-9]\d{0,7}",
    "line_items[0][price_data][product_data][name]": r".{1,250}",
    "metadata[kulanz_checkout]": r".{1,500}",
    "payment_intent_data[metadata][kulanz_checkout]": r".{1,500}",
}


@pytest.mark.parametrize("method", [Method.CARD, Method.APPLE_PAY, Method.GOOGLE_PAY, Method.SEPA_DEBIT, Method.KLARNA])
def test_stripe_sessions_are_form_encoded_after_the_reference(world: Played, method: Method) -> None:
    world.adapters["stripe"].create(order(method))
    request = sent(world, "POST", "/v1/checkout/sessions")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    assert set(form) == set(STRIPE_FORM)
    assert {name: value for name, value in form.items() if not re.fullmatch(STRIPE_FORM[name], value)} == {}
    assert request.headers["idempotency-key"] and request.headers["stripe-version"]


def test_stripe_refunds_name_the_payment_the_amount_and_our_numbers(world: Played) -> None:
    stripe = world.adapters["stripe"]
    started = stripe.create(order(Method.CARD))
    world.house.act(started.provider_ref, "pay")
    stripe.refund(started.provider_ref, 500, "EUR", key="our-number")
    request = sent(world, "POST", "/v1/refunds")
    form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    assert set(form) == {"payment_intent", "amount", "reason", "metadata[kulanz_checkout]", "metadata[kulanz_refund]"}
    assert (form["amount"], form["reason"], form["metadata[kulanz_refund]"]) == ("500", "requested_by_customer", "our-number")
    assert request.headers["idempotency-key"] == "our-number"


def test_a_fee_of_its_own_in_a_stripe_payout_is_a_cost_and_not_less_income(world: Played) -> None:
    started = world.adapters["stripe"].create(order(Method.CARD))
    world.house.act(started.provider_ref, "pay")
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    own_fee = {"id": "txn_fee", "amount": -300, "fee": 0, "net": -300, "created": 1772000000, "type": "stripe_fee", "source": None}
    with mock.patch.object(as_stripe, "_transactions", lambda payout: iter([own_fee])):
        (settlement,) = world.adapters["stripe"].settlements(date(2026, 1, 1), date(2026, 12, 31))
    assert [(line.kind.value, line.gross_cents, line.fee_cents) for line in settlement.lines] == [("fee", 0, 300)]


def test_the_played_stripe_answers_like_stripes_own_examples(world: Played, apis: Path) -> None:
    examples = json.loads(gzip.decompress((apis / "stripe_fixtures3.beta.json.gz").read_bytes()))["resources"]
    stripe = world.adapters["stripe"]
    started = stripe.create(order(Method.CARD))
    world.house.act(started.provider_ref, "pay")
    world.house.act(started.provider_ref, "dispute")
    events = [json.loads(delivery.body) for delivery in world.deliver()]
    stripe.fetch(started.provider_ref)
    world.house.book.pay_out("stripe")
    stripe.settlements(date(2026, 3, 1), date(2026, 3, 3))
    seen: list[dict[str, Any]] = [*events, *(event["data"]["object"] for event in events)]
    for request in world.requests:
        seen += list(_objects(answered(world, request))) if request.method == "GET" else []
    kinds = {str(thing["object"]) for thing in seen}
    assert {"event", "checkout.session", "charge", "dispute", "payout", "balance_transaction"} <= kinds
    for thing in seen:
        example = examples.get(thing["object"])
        for name, value in thing.items() if example else ():
            assert name in example, f"{thing['object']} has no {name}"
            same = example[name] is None or value is None or type(value) is type(example[name]) or isinstance(value, dict)
            assert same, f"{thing['object']}.{name} is a {type(example[name]).__name__} at Stripe"


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    """Every object of an answer that says what it is, lists left out."""
    if isinstance(found, dict):
        if isinstance(found.get("object"), str) and found["object"] != "list":
            yield found
        for value in found.values():
            yield from _objects(value)
    elif isinstance(found, list):
        for value in found:
            yield from _objects(value)
