"""The statement of account as a file and as JSON: complete, tagged, in both languages, the same bytes each time."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from pypdf import PdfReader
from typer.testing import CliRunner

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.creditor import set_view
from kulanz.claims.models import Case, CreditorView
from kulanz.claims.receipt import LineKind, receipt_of
from kulanz.cli import receipt as command
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.statement import statement_data, statement_words
from kulanz.contact.statements import statement_facts, statement_pdf
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind
from kulanz.site.receipt import receipt as page_receipt
from tests.factories import NOW, claim

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 1)


def eventful_case() -> Case:
    """Two invoices; a charge, payments (one back-dated), a chargeback, a waiver, a credit note, money paid in excess."""
    same: dict[str, Any] = {"debtor_external_id": "A", "identity_key": "ab" * 32}
    first = claim(number=1, first_interest_day=date(2026, 2, 5), principal_cents=308_900, document_ref="RE-2026-00001.pdf", **same)
    second = claim(number=2, invoiced_on=date(2026, 2, 1), first_interest_day=date(2026, 3, 20), principal_cents=5_000, **same)
    case_id = first.case_id

    def paid(on: date, cents: int, key: str) -> int:
        return book([NewFact(case_id, FactKind.PAYMENT, on, key, f"Bankumsatz {key}", cents)], now=NOW)[0]

    book([NewFact(case_id, FactKind.CHARGE, date(2026, 3, 2), "c", "Mahnung", 280, first.id, Component.DUNNING_FEE)], now=NOW)
    paid(date(2026, 5, 4), 100_000, "4711")
    bounced = paid(date(2026, 6, 1), 50_000, "4712")
    book([NewFact(case_id, FactKind.CHARGEBACK, date(2026, 6, 9), "back", "Rücklastschrift", payment_entry_id=bounced)], now=NOW)
    paid(date(2026, 4, 1), 20_000, "4713")
    book([NewFact(case_id, FactKind.CREDIT_NOTE, date(2026, 7, 1), "g", "Gutschrift 12", 1_000, second.id)], now=NOW)
    book([NewFact(case_id, FactKind.WAIVER, date(2026, 7, 2), "w", "Kulanz", 300, first.id, Component.INTEREST)], now=NOW)
    return Case.objects.select_related("creditor", "debtor").get(id=case_id)


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_statement_is_accessible_complete_and_the_same_each_time(language: Language) -> None:
    case = eventful_case()
    balances = open_amounts([case.id], DAY)[case.id]
    pdf = statement_pdf(case, balances, DAY, language)
    assert pdf == statement_pdf(case, balances, DAY, language)
    reader = PdfReader(io.BytesIO(pdf))
    marked: Any = reader.root_object["/MarkInfo"]
    assert marked["/Marked"]
    metadata = reader.xmp_metadata
    assert metadata is not None
    stream = metadata.stream.get_data().decode()
    assert "<pdfuaid:part>1<" in stream and "<pdfaid:part>2<" in stream and "<pdfaid:conformance>A<" in stream
    text = _text(pdf)
    words = statement_words(language)
    for word in ("payment", "chargeback", "credit_note", "waiver", "interest", "terms_intro", "day_count_act_act"):
        assert words[word][:30] in text.replace("\n", " "), word
    rule = "§ 288 Abs. 1, § 247 BGB" if language == "de" else "§ 288 (1), § 247 of the German Civil Code"
    bank_line = "(Bankumsatz 4711)" if language == "de" else "(bank line 4711)"
    for detail in (bank_line, "RE-2026-00001.pdf", rule, "× 6"):
        assert detail in text, detail


def test_both_languages_have_the_same_words() -> None:
    german, english = statement_words("de"), statement_words("en")
    assert german.keys() == english.keys()
    for key, text in german.items():
        assert text.count("{") == english[key].count("{"), key


def _told(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(command.receipt)
    answer = CliRunner().invoke(app, list(arguments))
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_the_command_adds_up_in_json_and_names_rule_calculation_and_document(tmp_path: Path) -> None:
    case = eventful_case()
    balances = open_amounts([case.id], DAY)[case.id]
    file = tmp_path / "statement.pdf"
    told = json.loads(_told(case.reference, "--on", DAY.isoformat(), "--json", "--pdf", str(file)))
    assert file.read_bytes() == statement_pdf(case, balances, DAY, "de")
    assert Decimal(told["total"]) * 100 == sum(balance.total_cents for balance in balances)
    for one in told["claims"]:
        assert sum(Decimal(line["amount"]) for line in one["lines"]) == Decimal(one["total"])
        assert one["terms"]["day_count"] == "act_act" and one["terms"]["rounding"] == "segment"
    lines = {line["kind"]: line for line in told["claims"][0]["lines"]}
    assert lines["opened"]["source"].startswith("RE-2026-00001.pdf")
    first = lines["interest"]["parts"][0]["calculation"]
    assert (first["principal"], first["rate_percent"], first["days"], first["year_days"]) == ("3089.00", "6.27", 55, 365)


def test_the_command_shows_people_every_line_and_finds_a_spaced_reference() -> None:
    case = eventful_case()
    spaced = f"{case.reference[:4].lower()} {case.reference[4:]}"
    shown = _told(spaced, "--on", DAY.isoformat())
    for words in ("Zahlung zurückgegangen", "Gutschrift", "Zusammen offen", "Bankumsatz 4711"):
        assert words in shown


def test_both_views_of_a_payment_come_as_data_and_close_to_the_same_cash() -> None:
    case = eventful_case()
    set_view(case.creditor.key, CreditorView.PRINCIPAL_FIRST)
    app = typer.Typer()
    app.command()(command.receipt)
    done = CliRunner().invoke(app, [case.reference, "--on", DAY.isoformat(), "--view", "creditor", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["view"] == "principal_first" and len(told["movements"]) == 4
    for one in told["movements"]:
        for side in ("debtor", "creditor"):
            assert sum(map(Decimal, one[side].values())) == -Decimal(one["cash"])
    assert Decimal(told["cash"]) == sum(Decimal(one["cash"]) for one in told["movements"])
    assert told["movements"][0]["debtor"] != told["movements"][0]["creditor"]
    plain = CliRunner().invoke(app, [case.reference, "--on", DAY.isoformat(), "--view", "creditor"])
    assert "beim Gläubiger" in plain.output
    assert CliRunner().invoke(app, [case.reference, "--view", "other"]).exit_code == 2


def test_an_earmarked_payment_and_what_a_reallocation_corrects_are_named() -> None:
    same: dict[str, Any] = {"debtor_external_id": "A", "identity_key": "ab" * 32}
    first = claim(number=1, first_interest_day=date(2026, 2, 5), principal_cents=20_000, **same)
    second = claim(number=2, principal_cents=5_000, **same)
    late = NewFact(first.case_id, FactKind.PAYMENT, date(2026, 6, 1), "late", "Bankumsatz 1", 24_000)
    named = NewFact(first.case_id, FactKind.PAYMENT, date(2026, 4, 1), "named", "Bankumsatz 2", 3_000, choice=(second.id,))
    booked_late, booked_named = book([late], now=NOW)[0], book([named], now=NOW)[0]
    told = receipt_of(open_amounts([first.case_id], DAY)[first.case_id], DAY)
    lines = [line for one in told.claims for line in one.lines]
    assert {line.named for line in lines if line.entry_id == booked_named} == {("2026-00002",)}
    assert {line.corrects for line in lines if line.kind is LineKind.REALLOCATED} == {booked_late}
    case = Case.objects.select_related("creditor", "debtor").get(id=first.case_id)
    notes = str(statement_data(statement_facts(case, open_amounts([case.id], DAY)[case.id], DAY, "de")))
    assert "So bestimmt beim Zahlen: für Rechnung 2026-00002" in notes and f"betrifft Buchung {booked_late}" in notes
    page = [sentence for line in page_receipt(open_amounts([case.id], DAY)[case.id], DAY).lines for sentence in line.sentences]
    assert "So haben Sie es beim Zahlen bestimmt: für Rechnung 2026-00002." in page
