"""Files of claims come in: once, whole, to the cent, and a refused file leaves everything as it was."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from kulanz.claims.models import Case, CaseEvent, Claim, ContactPoint, Creditor, Debtor
from kulanz.contact.models import Message
from kulanz.intake.commands import Imported, import_claims
from kulanz.intake.errors import IntakeError
from kulanz.intake.models import ImportFile, ImportProblem
from kulanz.intake.rules.profile import Profile, read_profile
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.models import AccountKind, Component, Entry, EntryKind, Posting
from kulanz.ledger.queries import audit
from tests.factories import creditor
from tests.rules.intake.making import HEADER, lines, profile

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE = "0001;K1;Weber;05.01.2026;04.02.2026;100,50;;"
TWO = "0002;K1;Weber;06.01.2026;05.02.2026;50,00;10.02.2026;20,00"


def _import(content: str | bytes, given: Profile | None = None, owner: Creditor | None = None, **options: Any) -> Imported:
    data = content.encode() if isinstance(content, str) else content
    dice = random.Random(7)
    settings: dict[str, Any] = {"name": "rechnungen.csv", "actor": "test", "now": NOW, "dice": dice} | options
    return import_claims(data, owner or creditor(), given or profile(), **settings)


def _open(number: str) -> dict[str, int]:
    account = Claim.objects.get(external_id=number).account_id
    sums = Posting.objects.filter(account_id=account).values_list("component").annotate(Sum("amount_cents"))
    return {component: cents for component, cents in sums if cents}


def _state() -> tuple[int, ...]:
    """Everything an import could leave behind."""
    return tuple(
        model.objects.count() for model in (Debtor, Case, Claim, ContactPoint, CaseEvent, Entry, Posting, ImportFile, ImportProblem)
    )


def test_a_file_becomes_cases_claims_and_a_balanced_history() -> None:
    taken = _import(lines(ONE, TWO))
    assert (taken.rows, taken.new, taken.known, taken.changed, taken.problems) == (2, 2, 0, 0, 0)
    assert Case.objects.count() == 1
    assert _open("0001") == {"principal": 10050}
    assert _open("0002") == {"principal": 3000}
    assert Claim.objects.get(external_id="0002").source == f"Import {taken.import_id}, rechnungen.csv, Zeile 3"
    assert audit().findings == ()


def test_the_second_import_changes_nothing() -> None:
    _import(lines(ONE, TWO))
    before, revision = _state(), Case.objects.get().revision
    taken = _import(lines(ONE, TWO))
    assert (taken.new, taken.known, taken.changed, taken.problems) == (0, 2, 0, 0)
    assert _state() == (*before[:7], before[7] + 1, before[8])
    assert Case.objects.get().revision == revision


def test_a_dry_run_says_the_same_and_keeps_nothing() -> None:
    owner = creditor()
    before = _state()
    tried = _import(lines(ONE, TWO, "x;y"), owner=owner, dry_run=True)
    assert _state() == before
    taken = _import(lines(ONE, TWO, "x;y"), owner=owner)
    assert (tried.new, tried.problems, tried.dry_run) == (taken.new, taken.problems, True) == (2, 1, True)


def test_a_payment_reported_later_is_booked_once_and_settles_the_case() -> None:
    _import(lines(ONE))
    taken = _import(lines(ONE.replace(";;", ";20.02.2026;100,50")))
    assert (taken.new, taken.known, taken.changed) == (0, 0, 1)
    assert _open("0001") == {}
    assert Case.objects.get().state == "settled"
    assert _import(lines(ONE.replace(";;", ";20.02.2026;100,50"))).known == 1
    assert audit().findings == ()


def test_payments_after_the_day_it_is_made_for_wait_until_that_day_has_come() -> None:
    early = _import(lines(ONE, TWO), as_of=date(2026, 2, 1))
    assert (early.new, early.as_json()["later_payments"]) == (2, 1)
    assert not Entry.objects.filter(kind="payment").exists()
    late = _import(lines(ONE, TWO))
    assert (late.known, late.changed) == (1, 1)
    assert _open("0002") == {"principal": 3000}
    back = _import(lines(ONE, TWO), as_of=date(2026, 2, 1))
    assert (back.known, back.changed, back.problems) == (2, 0, 0)


def test_a_payment_reported_later_stops_the_reminder_that_waits() -> None:
    _import(lines(ONE))
    case = Case.objects.select_related("debtor").get()
    waiting = Message.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        debtor=case.debtor,
        identity_key=case.debtor.identity_key,
        channel="email",
        step="reminder_1",
        day=date(2026, 3, 2),
        template="reminder_1",
        to="k1@example.com",
        queued_at=NOW,
        provider_key="k",
    )
    _import(lines(ONE))
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    _import(lines(ONE.replace(";;", ";20.02.2026;100,50")))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.cancelled_because) == ("cancelled", "neuer Stand vom Gläubiger")


def test_a_payment_in_the_file_is_not_booked_beside_one_from_the_bank() -> None:
    _import(lines(ONE))
    claim = Claim.objects.get()
    bank = tenant_account(claim.creditor_id, AccountKind.BANK, "EUR")
    paying = (Line(bank, Component.CASH, 10050), Line(claim.account_id, Component.PRINCIPAL, -10050))
    post([NewEntry(claim.creditor_id, date(2026, 2, 20), EntryKind.PAYMENT, "bank", "bank:1", paying)], now=NOW)
    entries = Entry.objects.count()
    taken = _import(lines(ONE.replace(";;", ";20.02.2026;100,50")))
    assert [problem.code.value for problem in taken.reasons()] == ["history_maybe_booked"]
    assert (taken.known, taken.changed, taken.problems, Entry.objects.count()) == (0, 0, 1, entries)


@pytest.mark.parametrize(
    ("paid", "corrected", "left"),
    [
        ("", "120,00", {"principal": 12000}),
        ("", "80,00", {"principal": 8000}),
        ("100,50", "80,00", {"overpaid": -2050}),
        ("110,00", "120,00", {"principal": 1000}),
    ],
)
def test_a_changed_principal_is_corrected_by_an_entry(paid: str, corrected: str, left: dict[str, int]) -> None:
    row = ONE.replace(";;", f";20.02.2026;{paid}") if paid else ONE
    _import(lines(row))
    taken = _import(lines(row.replace("100,50", corrected, 1)))
    assert (taken.changed, taken.problems) == (1, 0)
    assert _open("0001") == left
    assert Claim.objects.get().principal_cents == 10050
    assert Entry.objects.filter(kind="claim_corrected").count() == 1
    assert audit().findings == ()
    _import(lines(row))
    _import(lines(row.replace("100,50", corrected, 1)))
    assert _open("0001") == left
    assert audit().findings == ()


def test_new_dates_and_addresses_are_taken_over_and_noted() -> None:
    _import(lines(ONE))
    taken = _import(lines(ONE.replace("04.02.2026", "10.02.2026").replace("Weber", "Weber-Groß")))
    assert taken.changed == 1
    assert Claim.objects.get().due_on == date(2026, 2, 10)
    assert Debtor.objects.get().family_name == "Weber-Groß"
    assert "Fällig 10.02.2026 statt 04.02.2026" in CaseEvent.objects.get(kind="claim_amended").text


def test_a_reminder_that_was_received_keeps_its_day_when_dates_change() -> None:
    _import(lines(ONE))
    Claim.objects.update(first_interest_day=date(2026, 2, 20), default_reason="reminder")
    _import(lines(ONE.replace("04.02.2026", "10.02.2026")))
    assert Claim.objects.get().first_interest_day == date(2026, 2, 20)


def test_a_claim_that_suddenly_belongs_to_someone_else_waits_for_a_person() -> None:
    _import(lines(ONE))
    taken = _import(lines(ONE.replace("K1", "K9"), TWO))
    assert [problem.code.value for problem in taken.reasons()] == ["debtor_changed"]
    assert (taken.new, taken.known, taken.problems, taken.rows) == (1, 0, 1, 2)
    assert not Debtor.objects.filter(external_id="K9").exists()


def test_history_that_was_rewritten_waits_for_a_person() -> None:
    _import(lines(TWO))
    entries = Entry.objects.count()
    taken = _import(lines(TWO.replace("20,00", "30,00")))
    assert [problem.code.value for problem in taken.reasons()] == ["history_changed"]
    assert Entry.objects.count() == entries


def test_overpaid_money_stands_as_overpaid() -> None:
    _import(lines(ONE.replace(";;", ";20.02.2026;110,50")))
    assert _open("0001") == {"overpaid": -1000}
    assert audit().findings == ()


def test_problems_are_kept_with_line_reason_and_the_row() -> None:
    taken = _import(lines(ONE, "0002;K2;Groß;31.02.2026;05.03.2026;9,99;;"))
    problem = ImportProblem.objects.get()
    assert (problem.line, problem.column, problem.code) == (3, "Datum", "date_impossible")
    assert problem.raw["Name"] == "Groß" and "31.02.2026" in problem.reason
    file = ImportFile.objects.get()
    assert file.rows == file.new + file.known + file.changed + file.problems == 2
    assert "31.02.2026" in taken.problem_file().decode("utf-8-sig")


def test_a_refused_file_leaves_everything_as_it_was() -> None:
    owner = creditor()
    _import(lines(ONE), owner=owner)
    before = _state()
    for content in (b"", b"%PDF-1.7", HEADER.encode(), lines(ONE.replace("100,50", "1.234")).encode(), gzip.compress(b"a;b")[:-4]):
        with pytest.raises(IntakeError):
            _import(content if content != HEADER.encode() else b"a;b\n1;2\n", owner=owner)
    assert _state() == before


def test_a_header_without_rows_is_an_import_of_nothing() -> None:
    taken = _import(lines())
    assert (taken.rows, taken.new, taken.problems) == (0, 0, 0)


def test_two_creditors_may_use_the_same_invoice_number() -> None:
    _import(lines(ONE))
    assert _import(lines(ONE), owner=creditor("suedwind")).new == 1
    assert Claim.objects.count() == 2


def test_costs_from_before_are_settled_before_the_principal() -> None:
    columns = {key.value: name for key, name in profile().columns.items()} | {"dunning_fee": "Gebühr"}
    content = lines(TWO).replace("Bezahlt\n", "Bezahlt;Gebühr\n").replace("20,00\n", "20,00;5,00\n")
    _import(content, profile(columns=columns))
    assert _open("0002") == {"principal": 3500}
    assert Posting.objects.filter(component="dunning_fee").count() == 3


def _broken(original: bytes) -> tuple[bytes, list[int]]:
    """A copy with 20 broken rows: dates, missing and unreadable amounts, numbers that stand twice, negative amounts."""
    rows = [line.split(",") for line in gzip.decompress(original).decode().splitlines()]
    names = rows[0]
    column = {name: names.index(name) for name in names}
    bad = {
        "InvoiceDate": ("31/31/2013", "yesterday", "", "2/30/2013"),
        "DueDate": ("13/13/13", "1/1/1800", "2013-31-12", "1/1/2000"),
        "InvoiceAmount": ("", "", "abc", "12 Euro 50", "-55.94", "-0.01", "0", "1.005"),
        "invoiceNumber": (rows[1][column["invoiceNumber"]],) * 4,
    }
    changed, line = [], 50
    for name, values in bad.items():
        for value in values:
            rows[line][column[name]] = value
            changed.append(line + 1)
            line += 37
    return ("\n".join(",".join(row) for row in rows) + "\n").encode(), changed


def test_a_real_file_with_twenty_broken_rows_imports_the_rest_and_lists_twenty_reasons(shared: Path) -> None:
    given = read_profile((EXAMPLES / "ibm_late_payment.yaml").read_text(encoding="utf-8"))
    content, changed = _broken((shared / "data" / "ar" / "ibm_late_payment.csv.gz").read_bytes())
    taken = _import(content, given, name="kaputt.csv")
    assert (taken.rows, taken.new, taken.problems) == (1655, 1635, 20)
    reasons = taken.reasons()
    assert [problem.line for problem in reasons] == changed
    assert len({problem.code for problem in reasons}) >= 8
    assert all(problem.reason and problem.file == "kaputt.csv" for problem in reasons)
    assert audit().findings == ()


def test_the_real_file_imports_whole_and_a_second_time_changes_nothing(shared: Path) -> None:
    given = read_profile((EXAMPLES / "ibm_late_payment.yaml").read_text(encoding="utf-8"))
    file = shared / "data" / "ar" / "ibm_late_payment.csv.gz"
    first = _import(file.read_bytes(), given, as_of=date(2013, 6, 30))
    assert (first.rows, first.new, first.new_cases) == (1655, 1655, 68)
    assert Claim.objects.filter(external_id="0000611365").exists()
    assert not Entry.objects.filter(kind="payment", occurred_on__gt=date(2013, 6, 30)).exists()
    paid = Posting.objects.filter(component="cash").aggregate(Sum("amount_cents"))["amount_cents__sum"]
    assert paid == first.batch.totals["paid"] == 9_892_868 - first.batch.later.payments_cents
    before = _state()
    again = _import(file.read_bytes(), given, as_of=date(2013, 6, 30))
    assert (again.new, again.known, again.changed, again.problems) == (0, 1655, 0, 0)
    assert _state()[:7] == before[:7]
    assert json.loads(json.dumps(again.as_json()))["detected"]["delimiter"] == ","


@pytest.mark.slow
def test_the_real_collection_log_is_booked_to_the_cent(shared: Path) -> None:
    given = read_profile((EXAMPLES / "rtfmp_events.yaml").read_text(encoding="utf-8"))
    taken = _import((shared / "data" / "ar" / "rtfmp_events.csv.gz").read_bytes(), given, name="log.csv.gz")
    assert (taken.rows, taken.new, taken.problems) == (393_456, 105_352, 0)
    booked = {
        (kind, component): cents
        for kind, component, cents in Posting.objects.filter(account__kind__in=("income", "bank"))
        .values_list("entry__kind", "component")
        .annotate(Sum("amount_cents"))
    }
    assert booked == {
        ("claim_opened", "principal"): -470_958_326,
        ("charge", "expense"): -87_200_634,
        ("charge", "principal"): -281_139_638,
        ("payment", "cash"): 251_525_423,
    }
    assert audit().findings == ()
