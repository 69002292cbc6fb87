"""The settings of a creditor: each group is stored by itself, refused in sentences, and every change stays with name and time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Creditor, Role, SettingChange
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.settings import settings_of
from kulanz.payments.models import CollectorIdentity, DatevSettings, MandateTerms
from kulanz.site.tables import PAGE_SIZE
from tests.bank import Move, camt053
from tests.pages.conftest import DAY, NOW, House, user
from tests.pages.test_speed import QUERIES_MAX, questions

pytestmark = pytest.mark.django_db(transaction=True)

IBAN = "DE02 1203 0000 0000 2020 51"
GROUPS: dict[str, dict[str, object]] = {
    "account": {"account_holder": "Nordlicht Energie GmbH", "iban": IBAN},
    "limits": {"small_rest_cents": "0", "alone_cents_max": "1.000,50"},
    "view": {"view": "principal_first"},
    "collector": {
        "sepa_creditor_id": "DE98 ZZZ 09999999999", "prenotice_days": "5", "lead_bank_days": "3", "single_bookings": "on",
        "return_quiet_days": "10", "pass_on_return_charge": "on", "small_refund_cents": "2,50",
    },
    "terms": {
        "valid_from": "2026-03-02", "payout_name": "Nordlicht Energie GmbH", "payout_iban": IBAN, "rhythm": "weekly", "fee_bp": "7,5",
        "vat_bp": "19", "fee_on": ["principal", "interest"], "kept": ["collection_cost"], "threshold_cents": "50", "pass_on_days": "7",
        "separate_account": "on",
    },
    "datev": {
        "consultant": "29098", "client": "55003", "year_begins": "1", "account_length": "4", "chart": "03", "account_bank": "1200",
        "account_claim": "1400", "others": "income:interest=2650\n",
    },
}  # fmt: skip


@pytest.fixture
def manager(house: House, signed_in: Callable[[str], Client]) -> Client:
    """A manager of our creditor only."""
    user("manager", Role.MANAGER, house.ours)
    return signed_in("manager")


def send(client: Client, group: str, status: int = 302, **changed: object) -> str:
    data = {"group": group} | {f"{group}-{name}": value for name, value in (GROUPS[group] | changed).items() if value is not None}
    answer = client.post(reverse("office:creditor", args=["nordlicht"]), data)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


def test_every_group_is_stored_and_the_history_says_who_changed_what(house: House, manager: Client) -> None:
    for group in GROUPS:
        send(manager, group)
    ours, theirs = Creditor.objects.get(key="nordlicht"), Creditor.objects.get(key="fremd")
    assert (ours.iban, ours.bic, ours.small_rest_cents, ours.alone_cents_max, ours.view) == (
        "DE02120300000000202051", "BYLADEM1001", 0, 100_050, "principal_first")  # fmt: skip
    collector, terms, datev = CollectorIdentity.objects.get(), MandateTerms.objects.get(), DatevSettings.objects.get()
    assert (collector.prenotice_days, collector.return_quiet_days, collector.pass_on_return_charge, collector.small_refund_cents) == (
        5,
        10,
        True,
        250,
    )
    assert (terms.fee_bp, terms.vat_bp, terms.fee_on, terms.kept, terms.created_by) == (
        750,
        1900,
        ["interest", "principal"],
        ["collection_cost"],
        "manager",
    )
    assert datev.accounts == {"bank": "1200", "claim": "1400", "income:interest": "2650"}
    assert (theirs.view, theirs.small_rest_cents) == ("law", 100), "only this one"
    changes = SettingChange.objects.all()
    assert {(one.actor, one.at, one.creditor_id) for one in changes} == {("manager", NOW, ours.id)}
    assert {one.setting: (one.before, one.after) for one in changes if one.setting.startswith("limits")} == {
        "limits.small_rest_cents": (100, 0), "limits.alone_cents_max": (5000, 100_050)}  # fmt: skip
    html = manager.get(reverse("office:creditor", args=["nordlicht"])).content.decode()
    for words in ("DE89 3704 0044 0532 0130 00", "1.000,50\xa0€", "zuerst auf die Hauptforderung", "DATEV-Konto: Bank", "7,5 %"):
        assert words in html, words
    assert 'value="2,50"' in html and 'value="7,5' in html and "income:interest=2650" in html, "what stands is in the fields"
    count = changes.count()
    for group in GROUPS:
        send(manager, group)
    assert SettingChange.objects.count() == count, "the same again changes nothing"


@pytest.mark.parametrize(
    ("group", "changed", "words"),
    [
        ("account", {"iban": "DE02 1203 0000 0000 2020 52"}, "Diese IBAN ist nicht gültig."),
        ("account", {"account_holder": ""}, "data-error"),
        ("limits", {"small_rest_cents": "50,01"}, "Höchstens 50 Euro."),
        ("limits", {"alone_cents_max": "viel"}, "Diesen Betrag verstehen wir nicht."),
        ("view", {"view": "costs_first"}, "data-error"),
        ("collector", {"sepa_creditor_id": "DE99ZZZ09999999999"}, "Gläubiger-Identifikationsnummer"),
        ("collector", {"prenotice_days": "0"}, "data-error"),
        ("collector", {"small_refund_cents": "100,01"}, "kleines Guthaben bis 100 Euro"),
        ("terms", {"separate_account": None}, "unverzüglich weiterzugeben (§ 13g RDG)"),
        ("terms", {"separate_account": None, "rhythm": "daily", "threshold_cents": "0"}, "spätestens nach einem Tag"),
        ("terms", {"fee_bp": "101"}, "data-error"),
        ("datev", {"others": "income=2650"}, "Zeile 1"),
        ("datev", {"others": "moon:interest=2650"}, "Diese Konten gibt es nicht: moon:interest."),
        ("datev", {"account_bank": "120000"}, "Keine Kontonummer mit höchstens 5 Ziffern"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_stores_nothing(
    house: House, manager: Client, group: str, changed: dict[str, object], words: str
) -> None:
    before = settings_of(house.ours.id)
    assert words in send(manager, group, 422, **changed)
    assert settings_of(house.ours.id) == before
    assert not SettingChange.objects.exists()


def test_without_a_separate_account_money_must_go_on_at_once(house: House, manager: Client) -> None:
    send(manager, "terms", separate_account=None, rhythm="daily", threshold_cents="0", pass_on_days="1")
    assert MandateTerms.objects.get().separate_account is False


def test_only_the_creditors_of_a_manager_are_there(house: House, manager: Client) -> None:
    html = manager.get(reverse("office:creditors")).content.decode()
    assert "Nordlicht" in html and "Kanarienvogel" not in html
    assert manager.get(reverse("office:creditor", args=["fremd"])).status_code == 404
    with transaction.atomic():
        SettingChange.objects.create(creditor=house.theirs, at=NOW, actor="kanarie", setting="account.iban", before=None, after="x")
    assert "kanarie" not in manager.get(reverse("office:creditor", args=["nordlicht"])).content.decode()


def test_the_history_cannot_be_rewritten(house: House) -> None:
    SettingChange.objects.create(creditor=house.ours, at=NOW, actor="a", setting="account.iban", before=None, after="x")
    for act in (lambda: SettingChange.objects.update(actor="b"), lambda: SettingChange.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()


def test_the_page_asks_little_however_long_the_history(house: House, manager: Client) -> None:
    for number in range(2 * PAGE_SIZE):
        SettingChange.objects.create(
            creditor=house.ours, at=NOW, actor="a", setting="collector.prenotice_days", before=number, after=number + 1
        )
    for path in (reverse("office:creditors"), reverse("office:creditor", args=["nordlicht"])):
        asked = questions(manager, path)
        assert len(asked) <= QUERIES_MAX, "\n".join(asked)


def test_limits_of_agreements_stand_in_the_same_history(house: House, manager: Client) -> None:
    page = reverse("office:agreement_limits", args=["nordlicht"])
    data = {"instalment": "20", "first": "", "months_max": "24", "first_due_days_max": "35", "deferral_days_max": "42",
            "promise_days_max": "14", "pause_days_max": "90", "reminder_days": "3", "tolerance_days": "5",
            "recovery_days": "10", "revisions_max": "3",
            "interest_during": "none"}  # fmt: skip
    assert manager.post(page, data).status_code == 302
    assert SettingChange.objects.get(setting="policy.instalment_cents_min").after == 2000
    assert "Kleinste Rate" in manager.get(reverse("office:creditor", args=["nordlicht"])).content.decode()


def test_payments_that_would_be_left_behind_by_another_account_are_named(house: House, manager: Client) -> None:
    page = reverse("office:creditor", args=["nordlicht"])
    assert "noch nicht zugeordnet" not in manager.get(page).content.decode()
    import_statement(camt053([Move(700, "wem gehört das"), Move(-300, "Entgelt")]), "a.xml", actor="test", now=NOW, day=DAY)
    assert "1 Zahlung auf diesem Konto ist noch nicht zugeordnet." in manager.get(page).content.decode()
