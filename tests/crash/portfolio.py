"""A small portfolio for crash tests, as files a creditor would hand in, and the bank statement of its day of payments."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from kulanz.world.bank import Account, Movement, german_iban
from kulanz.world.bank_files import camt053, mt940

DAY = date(2026, 3, 3)
"""The day that is run, sent and paid on: a Tuesday without a holiday anywhere."""

BEFORE = (DAY - timedelta(days=25), DAY - timedelta(days=12))
"""Days that were run and sent before, so that cases stand at different steps."""

CREDITORS = {
    "nordlicht": ("Nordlicht Energie", "Hafenstraße 4", "24103", "Kiel", german_iban("37040044", "532013000")),
    "suedhang": ("Südhang Möbel", "Sonnenweg 9", "79098", "Freiburg", german_iban("51210800", "1245126199")),
}
_SIZES = {"nordlicht": 120, "suedhang": 60}
_PLACES = (("50667", "Köln"), ("20095", "Hamburg"), ("80331", "München"), ("01067", "Dresden"), ("10115", "Berlin"))
_FAMILIES = ("Yılmaz", "Müller", "Nowak", "Groß", "O'Neill", "van Dyk", "Schäfer", "İnce")
_HEAD = ["Nr", "Kunde", "Art", "Anrede", "Vorname", "Name", "Firma", "Strasse", "PLZ", "Ort", "Mail", "Datum", "Faellig", "Betrag"]

PROFILE = """\
name: crash
columns:
  invoice_number: Nr
  debtor_number: Kunde
  kind: Art
  salutation: Anrede
  given_name: Vorname
  family_name: Name
  company_name: Firma
  street: Strasse
  postcode: PLZ
  city: Ort
  email: Mail
  invoiced_on: Datum
  due_on: Faellig
  amount: Betrag
values:
  kind: {P: person, F: company}
templates:
  subject: "Rechnung {Nr}"
constants:
  currency: EUR
"""


def write_claims(folder: Path) -> dict[str, Path]:
    """One CSV per creditor: some debtors without e-mail, some firms, some with two invoices; a tenth is overdue, the rest not yet due."""
    files = {}
    for key, size in _SIZES.items():
        files[key] = folder / f"{key}.csv"
        with files[key].open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter=";")
            table.writerow(_HEAD)
            for number in range(1, size + 1):
                table.writerows(_rows(key, number))
    (folder / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    changed = files["nordlicht"].read_text(encoding="utf-8").replace("Lindenweg 11", "Lindenweg 12").replace("nordlicht21@", "neu21@")
    (folder / "changed.csv").write_text(changed, encoding="utf-8")
    return files


def _rows(key: str, number: int) -> list[list[str]]:
    dice = random.Random(f"{key} {number}")
    firm = number % 9 == 0
    postcode, city = _PLACES[number % len(_PLACES)]
    street = f"Lindenweg {number}"
    mail = "" if number % 40 == 1 else f"{key}{number}@example.com"
    who = ["F", "", "", "", f"Werk {number} GmbH"] if firm else ["P", "", "Elif", f"{_FAMILIES[number % len(_FAMILIES)]}", ""]
    rows = []
    for nth in range(1 + (number % 3 == 1)):
        # Overdue ones from three days ahead to five weeks ago: every step of the playbook has its cases.
        days = (number * 5 + 11 * nth) % 38 - 3 if number % 10 == 1 else -20 - number % 30
        due = DAY - timedelta(days=days)
        invoiced = due - timedelta(days=14)
        amount = f"{dice.randrange(1500, 45000) / 100:.2f}".replace(".", ",")
        invoice = f"{key[:2].upper()}-{number:05d}-{nth + 1}"
        rows.append([invoice, f"K{number}", *who, street, postcode, city, mail, f"{invoiced:%d.%m.%Y}", f"{due:%d.%m.%Y}", amount])
    return rows


def write_statement(target: Path, creditor: str, cases: list[tuple[str, str, int]]) -> Path:
    """The creditor's account of `DAY` as MT940 or camt.053: payments by reference or number, some of an unknown, some of part.

    `cases` are (reference, invoice number, principal in cents). Two of the transfers are equal, which are two payments.
    """
    account = Account(iban=CREDITORS[creditor][4], balance_cents=1_000_00)
    movements = []
    for nth, (reference, invoice, cents) in enumerate(cases):
        text = (reference, f"Rechnung {invoice}", f"Rechnung {invoice}", reference, f"Danke {nth}")[nth % 5]
        part = cents // 2 if nth % 7 == 3 else cents
        movements.append(Movement(DAY, DAY, part, text, f"Zahler {nth}", german_iban("37040044", f"{nth:010d}")))
    movements += [Movement(DAY, DAY, 1234, "Dauerauftrag", "Zwilling", german_iban("37040044", "77"))] * 2
    movements.append(Movement(DAY, DAY, -5000, "Miete", "Vermieter", german_iban("37040044", "88")))
    account.deliver(movements)
    statement = account.close(DAY)
    assert statement
    target.write_bytes(mt940(statement) if target.suffix == ".sta" else camt053(statement))
    return target
