"""Two people owe one invoice: both are on file, both see it, and what one pays relieves the other to the cent."""

from __future__ import annotations

import random
from datetime import date

import pytest

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseDebtor, CaseEvent, Claim, Creditor, Debtor
from kulanz.intake.commands import Imported, import_claims
from kulanz.payments.commands import import_statement
from tests.bank import Move, camt053
from tests.factories import NOW, creditor
from tests.rules.intake.making import profile

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 2)
HEADER = "Nr;Kunde;Name;Datum;Faellig;Betrag;Bezahlt am;Bezahlt;Mit Vorname;Mit Name;Mit PLZ;Mit Strasse;Mit Mail"
JOINT = {"joint_given_name": "Mit Vorname", "joint_family_name": "Mit Name", "joint_postcode": "Mit PLZ", "joint_street": "Mit Strasse",
         "joint_email": "Mit Mail"}  # fmt: skip
ONE = "R1;K1;Weber;05.01.2026;04.02.2026;100,00;;;Ben;Weber;50667;Domstr. 2;ben@example.com"


def bring_in(*rows: str, owner: Creditor | None = None) -> Imported:
    columns = profile().model_dump(mode="json")["columns"] | JOINT
    mapping = profile(columns=columns, decimals={"Betrag": "comma"})
    return import_claims(
        ("\n".join((HEADER, *rows)) + "\n").encode(),
        owner or creditor(),
        mapping,
        name="f.csv",
        actor="test",
        now=NOW,
        dice=random.Random(3),
    )


def liable() -> list[tuple[str, str]]:
    return [(one.debtor.display_name, one.role) for one in CaseDebtor.objects.select_related("debtor").order_by("id")]


def test_a_second_person_is_liable_in_the_same_case_and_twice_the_file_changes_nothing() -> None:
    done = bring_in(ONE)
    assert (done.new, done.problems, done.new_cases) == (1, 0, 1)
    assert liable() == [("Weber", "main"), ("Ben Weber", "joint")]
    ben = Debtor.objects.get(given_name="Ben")
    assert (ben.postcode, ben.street, ben.contact_points.get(channel="email").value) == ("50667", "Domstr. 2", "ben@example.com")
    assert CaseEvent.objects.filter(kind="joint_debtor", text="Haftet mit: Ben Weber").count() == 1
    again = bring_in(ONE)
    assert (again.new, again.known, again.problems) == (0, 1, 0)
    assert len(liable()) == 2 and CaseEvent.objects.filter(kind="joint_debtor").count() == 1
    bring_in("R2;K1;Weber;06.01.2026;05.02.2026;50,00;;;Ben;Weber;50667;Domstr. 2;ben@example.com")
    assert len(liable()) == 2 and Case.objects.count() == 1


def test_what_one_of_them_pays_relieves_both() -> None:
    bring_in(ONE)
    case = Case.objects.get()
    half = camt053([Move(4_000, case.reference, "Ben Weber", "DE02120300000000202051", on=date(2026, 2, 1))])
    import_statement(half, "a.xml", actor="test", now=NOW, day=DAY)
    assert open_amounts([case.id], DAY)[case.id][0].principal_cents == 6_000
    rest = camt053([Move(6_000, case.reference, "Anna Weber", on=date(2026, 2, 3))], number=2, opening_cents=4_000)
    import_statement(rest, "b.xml", actor="test", now=NOW, day=DAY)
    case.refresh_from_db()
    assert case.state == "settled"


def test_nobody_becomes_liable_for_an_invoice_that_is_not_theirs() -> None:
    mixed = bring_in(ONE, "R2;K1;Weber;06.01.2026;05.02.2026;50,00;;;;;;;")
    assert [(p.code.value, p.line) for p in mixed.reasons()] == [("joint_differs", 3)]
    later = bring_in("R3;K1;Weber;06.01.2026;05.02.2026;50,00;;;;;;;")
    assert [p.code.value for p in later.reasons()] == ["joint_changed"]
    assert list(Claim.objects.values_list("external_id", flat=True)) == ["R1"]
    bring_in("R4;K9;Alt;06.01.2026;05.02.2026;50,00;;;;;;;")
    joined = bring_in("R5;K9;Alt;06.01.2026;05.02.2026;50,00;;;Eva;Alt;;;")
    assert [p.code.value for p in joined.reasons()] == ["joint_changed"]


@pytest.mark.parametrize(
    ("columns", "code"), [("Ben;;;;", "name_missing"), (";Weber;;;keine-mail", "email_invalid"), (f";{'X' * 101};;;", "value_too_long")]
)
def test_a_second_person_that_cannot_be_is_a_problem(columns: str, code: str) -> None:
    done = bring_in(f"R1;K1;Weber;05.01.2026;04.02.2026;100,00;;;{columns}")
    assert [p.code.value for p in done.reasons()] == [code]


def test_without_an_address_of_their_own_they_live_with_the_first() -> None:
    bring_in("R1;K1;Weber;05.01.2026;04.02.2026;100,00;;;Ben;Weber;;;")
    ben = Debtor.objects.get(given_name="Ben")
    assert ben.external_id.startswith("auto-") and ben.postcode == Debtor.objects.get(external_id="K1").postcode
