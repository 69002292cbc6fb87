"""Small builders for tests: a creditor, a frame of claims as the intake room would hand them over."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from django.db import transaction

from kulanz.claims.commands import add_creditor, open_claims
from kulanz.claims.commands.open_claims import SCHEMA
from kulanz.claims.models import Case, Claim, Creditor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)


def creditor(key: str = "nordlicht", **details: Any) -> Creditor:
    """A creditor with a valid account and address."""
    given = {
        "name": "Nordlicht Energie",
        "legal_name": "Nordlicht Energie GmbH",
        "iban": "DE89370400440532013000",
        "street": "Hafenstraße 4",
        "postcode": "24103",
        "city": "Kiel",
        "email": "service@nordlicht.example",
        "phone": "0431 555010",
        "website": "https://nordlicht.example",
    }
    return add_creditor(key=key, **{**given, **details})


def claim_row(number: int = 1, **values: Any) -> dict[str, Any]:
    """One row of `open_claims`' frame: a consumer in Cologne with an e-mail address and a claim 30 days after its invoice."""
    invoiced_on = values.get("invoiced_on", date(2026, 1, 5))
    row: dict[str, Any] = {
        "line": number,
        "debtor_external_id": f"K{number}",
        "kind": "person",
        "salutation": "",
        "title": "",
        "given_name": "Elif",
        "family_name": f"Yılmaz{number}",
        "company_name": "",
        "street": "Domstraße 1",
        "postcode": "50667",
        "city": "Köln",
        "country": "DE",
        "land": "NW",
        "language": "de",
        "search_key": f"elif yilmaz{number}",
        "sort_key": f"yilmaz{number} elif",
        "email": f"k{number}@example.com",
        "phone": None,
        "external_id": f"2026-{number:05d}",
        "subject": "Strom Dezember 2025",
        "invoiced_on": invoiced_on,
        "due_on": invoiced_on + timedelta(days=30),
        "principal_cents": 8490,
        "currency": "EUR",
        "consumer": True,
        "first_interest_day": None,
        "default_reason": "",
        "margin_bp": 500,
        "source": f"test line {number}",
        "document_ref": "",
    } | values
    row.setdefault("identity_key", hashlib.sha256(row["debtor_external_id"].encode()).hexdigest())
    row.setdefault("content_hash", hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest())
    return row


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """The rows as a frame of `open_claims`."""
    return pl.DataFrame(list(rows), schema=dict(SCHEMA))


def claim(owner: Creditor | None = None, **values: Any) -> Claim:
    """One open claim with its case, debtor, account and opening entry."""
    owner = owner or creditor()
    row = claim_row(values.pop("number", 1), **values)
    with transaction.atomic():
        open_claims(frame(row), owner, day=DAY, now=NOW, dice=random.Random(row["line"]))
    return Claim.objects.select_related("case", "creditor").get(creditor=owner, external_id=row["external_id"])


def case(owner: Creditor | None = None, **values: Any) -> Case:
    """The case of one open claim."""
    return claim(owner, **values).case
