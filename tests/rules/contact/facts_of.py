"""Message facts for tests: a person in Hamburg who owes a utility one invoice, and everything that can be different."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from kulanz.contact.rendering.facts import ClaimLine, HeardStatement, MessageFacts, Particulars, ReceivedPayment, Recipient, Sender

SENDER = Sender(
    name="Nordlicht Energie",
    legal_name="Nordlicht Energie GmbH",
    street="Hafenstraße 12",
    postcode="24103",
    city="Kiel",
    country="DE",
    email="hallo@nordlicht.example",
    phone="0431 5550-120",
    website="https://nordlicht.example",
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    account_holder="Nordlicht Energie GmbH",
    brand_primary="#1B6A53",
)
BARE_SENDER = dataclasses.replace(SENDER, email="", phone="", website="", bic="", brand_primary="")
PERSON = Recipient("person", "", "", "Elif", "Yılmaz", "", "Lindenallee 7", "22765", "Hamburg", "DE")
COMPANY = Recipient("company", "", "", "", "", "Bäckerei Sönke & Söhne KG", "Am Markt 3", "23552", "Lübeck", "DE")
PORTAL = "https://rechnung.nordlicht.example/p/k7q2m3xw9ah4tzc8bnrdve6gyp"


def claim_line(number: str = "2026-10427", due_on: date = date(2026, 9, 17), **values: Any) -> ClaimLine:
    """An invoice of 84.90 with 0.99 interest; pass the fields that differ."""
    given: dict[str, Any] = {
        "subject": "Strom, August 2026",
        "invoiced_on": date(2026, 9, 3),
        "invoiced_cents": 8490,
        "paid_cents": 0,
        "principal_cents": 8490,
        "interest_cents": 99,
        "fees_cents": 0,
    } | values
    return ClaimLine(number=number, due_on=due_on, **given)


MANY = [
    claim_line(
        f"2026-{10400 + i}",
        date(2026, 6, 1 + i),
        invoiced_cents=4000 + 137 * i,
        paid_cents=500 if i % 5 == 0 else 0,
        principal_cents=3500 + 137 * i if i % 5 == 0 else 4000 + 137 * i,
        interest_cents=12 + i,
        fees_cents=250 if i % 7 == 0 else 0,
    )
    for i in range(24)
]
PARTIAL = [claim_line(paid_cents=3000, principal_cents=5490)]
UPCOMING = [claim_line(due_on=date(2026, 12, 1), interest_cents=0)]


PARTICULARS = Particulars(
    amounts={"debit_amount": 4200, "bank_charge": 450, "refund_amount": 2310},
    days={"debit_day": date(2026, 12, 15), "quiet_day": date(2026, 12, 22), "paid_day": date(2026, 12, 1)},
    words={
        "mandate": "K18539007547034-1",
        "creditor_id": "DE98ZZZ09999999999",
        "account_end": "3000",
        "holder": "Elif Yılmaz",
        "prenotice_days": "14",
        "return_reason": "Das Konto war an diesem Tag nicht ausreichend gedeckt.",
        "cancel_reason": "Es ist schon bezahlt.",
        "payment_way": "PayPal",
        "mandate_paused": "1",
        "mandate_offered": "1",
    },
)
"""What messages about direct debits and refunds know besides the account."""


AGREED = Particulars(
    amounts={"plan_total": 12000, "plan_amount": 4000, "plan_interest": 210, "plan_fee": 1500, "plan_waived": 3000},
    days={
        "plan_first_day": date(2026, 12, 1),
        "plan_end": date(2027, 2, 1),
        "plan_due": date(2026, 12, 1),
        "plan_recover": date(2026, 12, 17),
    },
    words={"plan_count": "3", "plan_number": "1"},
)
"""What messages about agreements know besides the account."""
ABOUT_AGREEMENTS = ("plan_", "deferral_", "promise_", "settlement_", "instalment_", "agreement_")


def facts_of(template: str, **values: Any) -> MessageFacts:
    """The facts of one message on 21 November 2026; pass the fields that differ."""
    given: dict[str, Any] = {
        "language": "de",
        "day": date(2026, 11, 21),
        "reference": "RF18539007547034",
        "currency": "EUR",
        "sender": SENDER,
        "recipient": PERSON,
        "claims": UPCOMING if template == "friendly_notice" else [claim_line()],
        "portal_url": PORTAL,
        "pay_until": date(2026, 12, 5),
        "next_step_on": date(2026, 12, 8),
        "reminded": True,
        "interest_notes": ["Verzugszinsen: 84,90 € × 6,52 % × 65 Tage ÷ 365 = 0,99 €."],
    }
    if template == "receipt":
        given["payments"] = [ReceivedPayment(date(2026, 12, 3), 5000, 4901, 99, 0, 0)]
    if template.startswith("answer_"):
        given["heard"] = HeardStatement(date(2026, 11, 21), date(2026, 11, 18), 8490, "goods", "Das Gerät kam nie an.")
        given["quiet_until"] = date(2026, 12, 5)
    if template.startswith(("debit_", "mandate_", "payment_", "refund_")):
        given["particulars"] = PARTICULARS
    if template.startswith(ABOUT_AGREEMENTS):
        given["particulars"] = AGREED
        given["instalments"] = [(date(2026, 12, 1), 4000), (date(2027, 1, 4), 4000), (date(2027, 2, 1), 4000)]
        given["pay_cents"] = 4000
    return MessageFacts(template=template, **(given | values))
