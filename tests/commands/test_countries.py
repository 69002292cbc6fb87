"""An Austrian and a Swiss creditor from the file to the last franc: import, daily run, account, receipt, statement, payment."""

from __future__ import annotations

import random
from datetime import date

import pytest

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseState, Claim, Creditor
from kulanz.claims.receipt import LineKind, receipt_of
from kulanz.contact.rendering.statement import statement_data
from kulanz.contact.sending.interest import interest_notes
from kulanz.contact.statements import statement_facts, statement_pdf
from kulanz.intake.commands import Imported, import_claims
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from kulanz.payments.models import BankLine, LineState
from kulanz.runs.daily import run_day
from kulanz.site.receipt import receipt as page_receipt
from kulanz.strategy.models import Decision
from kulanz.strategy.queries import read_facts
from tests.bank import Move, camt053
from tests.factories import NOW, creditor
from tests.rules.intake.making import profile

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 2)
SWISS_IBAN = "CH9300762011623852957"
AUSTRIAN_IBAN = "AT611904300234573201"
HEADER = "Nr;Kunde;Name;Datum;Faellig;Betrag;Bezahlt am;Bezahlt;Zins"
# What the creditor knows about default: the day of payment was agreed, so interest begins without a reminder.
AGREED_DAY = {"default": {"due_by_contract": True}}


def swiss() -> Creditor:
    return creditor("bergbahn", name="Bergbahn", legal_name="Bergbahn AG", iban=SWISS_IBAN, country="CH", postcode="3000", city="Bern")


def austrian() -> Creditor:
    return creditor(
        "donau", name="Donau Strom", legal_name="Donau Strom GmbH", iban=AUSTRIAN_IBAN, country="AT", postcode="1010", city="Wien"
    )


def bring_in(owner: Creditor, *rows: str, currency: str = "EUR", kind: str = "person") -> Imported:
    columns = profile().model_dump(mode="json")["columns"] | {"interest_rate": "Zins"}
    if kind == "company":
        columns["company_name"] = columns.pop("family_name")
    mapping = profile(
        columns=columns, constants={"kind": kind, "currency": currency}, decimals={"Betrag": "comma", "Zins": "comma"}, **AGREED_DAY
    )
    text = "\n".join((HEADER, *rows)) + "\n"
    return import_claims(text.encode(), owner, mapping, name="f.csv", actor="test", now=NOW, dice=random.Random(3))


def test_a_swiss_claim_goes_from_the_file_to_the_last_franc() -> None:
    owner = swiss()
    assert owner.day_count == "30E_360"
    bring_in(owner, "R1;K1;Keller;25.11.2025;10.12.2025;1000,00;;;", currency="CHF")
    claim = Claim.objects.get()
    assert (claim.margin_bp, claim.fixed_bp, claim.day_count, claim.currency) == (None, 500, "30E_360", "CHF")
    assert claim.first_interest_day == date(2025, 12, 11)

    facts = read_facts(bucket_from=0, bucket_to=255, day=DAY)
    (balance,) = open_amounts([claim.case_id], DAY)[claim.case_id]
    # 1,000.00 × 5 % × 81 days ÷ 360 = 11.25
    assert (balance.interest_cents, balance.total_cents) == (1125, 101_125)
    assert facts.select("open_cents", "interest_cents").row(0) == (101_125, 1125)

    run_day(DAY, shadow=False, engine="local", now=NOW)
    decision = Decision.objects.get()
    assert (decision.action, decision.reason) == ("human", "currency")  # letters with a payment code exist in euro only

    explained = receipt_of([balance], DAY)
    (interest,) = [line for line in explained.claims[0].lines if line.kind is LineKind.INTEREST]
    assert interest.rule == "Art. 104 Abs. 1 OR"
    page = page_receipt([balance], DAY).lines[-1]
    assert page.sentences[0] == "Der Zinssatz ist 5 % im Jahr. So steht es im Gesetz."
    assert "CHF\u00a01’000.00 × 5 % × 81 Tage ÷ 360 = CHF\u00a011.25" in page.segments[0]
    case = Case.objects.select_related("creditor", "debtor").get()
    told = statement_data(statement_facts(case, [balance], DAY, "de"))
    assert told["total"][1] == "CHF\u00a01’011.25"
    assert any("5,00 % im Jahr, wie das Gesetz es vorsieht" in note for row in told["claims"][0]["rows"] for note in row["notes"])
    assert statement_pdf(case, [balance], DAY, "en").startswith(b"%PDF")
    assert interest_notes([balance], "CHF", "de")[-1] == "Gerechnet bis 1.\u00a0März\u00a02026: 5 % im Jahr (Art. 104 Absatz 1 OR)."

    file = camt053([Move(101_125, claim.case.reference, "Keller", on=DAY)], account=SWISS_IBAN, currency="CHF")
    import_statement(file, "auszug.xml", actor="test", now=NOW, day=DAY)
    assert BankLine.objects.get().state == LineState.BOOKED
    case.refresh_from_db()
    assert case.state == CaseState.SETTLED
    assert audit().findings == ()


def test_a_euro_line_never_books_on_a_case_in_francs() -> None:
    owner = swiss()
    bring_in(owner, "R1;K1;Keller;25.11.2025;10.12.2025;1000,00;;;", currency="CHF")
    before = Claim.objects.get()
    file = camt053([Move(100_000, before.case.reference, "Keller", on=DAY)], account=SWISS_IBAN, currency="EUR")
    import_statement(file, "auszug.xml", actor="test", now=NOW, day=DAY)
    assert BankLine.objects.get().state != LineState.BOOKED
    (balance,) = open_amounts([before.case_id], DAY)[before.case_id]
    assert balance.principal_cents == 100_000


def test_an_austrian_consumer_pays_four_percent_and_a_business_the_base_rate_and_more() -> None:
    owner = austrian()
    bring_in(owner, "R1;K1;Huber;25.11.2025;10.12.2025;1000,00;;;")
    bring_in(owner, "R2;K2;Huber OG;25.11.2025;10.12.2025;1000,00;;;", kind="company")
    person, company = Claim.objects.order_by("external_id")
    assert (person.fixed_bp, person.margin_bp) == (400, None)
    assert (company.fixed_bp, company.margin_bp) == (None, 920)
    facts = {row["case_id"]: row["interest_cents"] for row in read_facts(bucket_from=0, bucket_to=255, day=DAY).iter_rows(named=True)}
    for claim, rate_bp in ((person, 400), (company, 1073)):  # between businesses: 1.53 % on the first day of the half-year plus 9.2 points
        (balance,) = open_amounts([claim.case_id], DAY)[claim.case_id]
        days = (DAY - date(2025, 12, 11)).days
        assert claim.first_interest_day == date(2025, 12, 11)
        # Every half-year is a line of its own and is rounded for itself.
        assert abs(balance.interest_cents - 100_000 * rate_bp * days / 3_650_000) <= 1
        assert balance.interest_cents == facts[claim.case_id]
    (balance,) = open_amounts([person.case_id], DAY)[person.case_id]
    (company_balance,) = open_amounts([company.case_id], DAY)[company.case_id]
    assert receipt_of([balance], DAY).claims[0].lines[-1].rule == "§§ 1000, 1333 ABGB"
    assert receipt_of([company_balance], DAY).claims[0].lines[-1].rule == "§ 456 UGB"

    run_day(DAY, shadow=False, engine="local", now=NOW)
    assert Decision.objects.get(case_id=person.case_id).action in ("contact", "wait", "human")
    file = camt053([Move(balance.total_cents, person.case.reference, "Huber", on=DAY)], account=AUSTRIAN_IBAN)
    import_statement(file, "auszug.xml", actor="test", now=NOW, day=DAY)
    assert Case.objects.get(id=person.case_id).state == CaseState.SETTLED
    paid = receipt_of(open_amounts([person.case_id], DAY)[person.case_id], DAY)
    (payment,) = [line for line in paid.claims[0].lines if line.kind is LineKind.PAYMENT]
    assert payment.rule.startswith("§ 1416 ABGB")
    assert audit().findings == ()


def test_a_rate_of_the_contract_is_taken_over_where_the_law_lets_it() -> None:
    bring_in(creditor(), "R1;K1;Weber;25.11.2025;10.12.2025;1000,00;;;8,50")
    claim = Claim.objects.get(external_id="R1")
    assert (claim.margin_bp, claim.fixed_bp) == (None, 850)
    (balance,) = open_amounts([claim.case_id], DAY)[claim.case_id]
    assert receipt_of([balance], DAY).claims[0].lines[-1].rule == "§ 288 Abs. 3 BGB"
    assert page_receipt([balance], DAY).lines[-1].sentences[0] == "Der Zinssatz ist 8,5 % im Jahr. So steht es in Ihrem Vertrag."

    refused = bring_in(austrian(), "R2;K1;Huber;25.11.2025;10.12.2025;1000,00;;;8,50", "R3;K1;Huber;25.11.2025;10.12.2025;10,00;;;3,00")
    assert [(problem.code.value, problem.line) for problem in refused.reasons()] == [("rate_not_allowed", 2)]
    assert Claim.objects.get(external_id="R3").fixed_bp == 300


@pytest.mark.parametrize("written", ["acht", "8,555", "-8,5", "120,00", "8,5 %"])
def test_a_rate_that_is_none_is_a_problem_and_not_a_guess(written: str) -> None:
    done = bring_in(creditor(), f"R1;K1;Weber;25.11.2025;10.12.2025;1000,00;;;{written}")
    assert done.problems == 1 and not Claim.objects.exists()


def test_another_rate_in_a_later_file_changes_nothing_and_says_so() -> None:
    owner = creditor()
    bring_in(owner, "R1;K1;Weber;25.11.2025;10.12.2025;1000,00;;;8,50")
    done = bring_in(owner, "R1;K1;Weber;25.11.2025;10.12.2025;1000,00;;;9,50")
    assert [problem.code.value for problem in done.reasons()] == ["rate_changed"]
    assert Claim.objects.get().fixed_bp == 850
