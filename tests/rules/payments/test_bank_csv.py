"""Bank CSV files: found by their header, read to the cent, and every row that cannot be read is named."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.payments.readers import ParsedFile, read_statements
from kulanz.payments.readers.csv_profile import profiles

SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";'
    '"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";'
    '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n'
)
VOLKSBANK = (
    "Bezeichnung Auftragskonto;IBAN Auftragskonto;BIC Auftragskonto;Bankname Auftragskonto;Buchungstag;Valutadatum;"
    "Name Zahlungsbeteiligter;IBAN Zahlungsbeteiligter;BIC (SWIFT-Code) Zahlungsbeteiligter;"
    "Buchungstext;Verwendungszweck;Betrag;Waehrung;Saldo nach Buchung\n"
)
PAYPAL = (
    '"Datum","Uhrzeit","Zeitzone","Name","Typ","Status","Währung","Brutto","Gebühr","Netto","Absender E-Mail-Adresse",'
    '"Empfänger E-Mail-Adresse","Transaktionscode","Rechnungsnummer","Betreff","Hinweis","Auswirkung auf Guthaben"\n'
)
STRIPE = "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,description\n"
OWN, THEIRS = "DE89370400440532013000", "DE02120300000000202051"


def sparkasse(amount: str = "84,90", day: str = "20.02.26", info: str = "Umsatz gebucht", end: str = "\n") -> str:
    paid = f'"{OWN}";"{day}";"20.02.26";"GUTSCHR.";"RE 2026-00001";"";"";"E2E-1";"";"";"";"Änne Müller";"{THEIRS}";"X"'
    return f'{paid};"{amount}";"EUR";"{info}"{end}'


def volksbank(amount: str, balance: str, day: str = "20.02.2026") -> str:
    return f"Konto;{OWN};X;Bank;{day};{day};Elif Yılmaz;{THEIRS};X;Gutschrift;RE 1;{amount};EUR;{balance}\n"


def read(text: str, encoding: str = "utf-8-sig") -> ParsedFile:
    return read_statements(text.encode(encoding), "umsaetze.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_sparkasse_file_is_read_in_every_encoding_banks_use(encoding: str) -> None:
    (statement,) = read(SPARKASSE + sparkasse("1.234,56"), encoding).statements
    (line,) = statement.lines
    assert (statement.account, statement.currency, statement.refused) == (OWN, "EUR", False)
    assert (line.amount_cents, line.booked_on, line.counterparty_name, line.counterparty_iban, line.end_to_end_id, line.line) == (
        123_456, date(2026, 2, 20), "Änne Müller", THEIRS, "E2E-1", 2,
    )  # fmt: skip
    assert [problem.code for problem in statement.problems] == ["statement_without_balances"]


def test_a_bad_row_is_named_with_its_line_and_the_rest_is_taken() -> None:
    parsed = read(SPARKASSE + sparkasse() + sparkasse(day="31.02.26") + sparkasse(amount="viel") + sparkasse("1,00"))
    assert [line.amount_cents for line in parsed.statements[0].lines] == [8_490, 100]
    assert [(problem.line, problem.code) for problem in parsed.problems] == [(3, "statement_bad_row"), (4, "statement_bad_row")]
    assert parsed.problems[0].reason == "„31.02.26“ ist kein Datum. Die Zeile wurde nicht übernommen."


def test_announced_movements_are_counted_and_not_taken() -> None:
    (statement,) = read(SPARKASSE + sparkasse() + sparkasse(info="Umsatz vorgemerkt")).statements
    assert (statement.entries, statement.pending, len(statement.lines)) == (2, 1, 1)


def test_a_line_break_inside_quotes_does_not_shift_the_line_numbers() -> None:
    broken = sparkasse().replace("RE 2026-00001", "RE\n2026-00001")
    parsed = read(SPARKASSE + broken + sparkasse(day="xx"))
    assert parsed.statements[0].lines[0].purpose == "RE 2026-00001"
    assert parsed.problems[0].line == 4


@pytest.mark.parametrize("newest_first", [False, True])
def test_balances_after_each_row_give_opening_and_closing_and_must_tie(newest_first: bool) -> None:
    rows = [volksbank("-5,00", "100,00"), volksbank("10,00", "110,00"), volksbank("0,50", "110,50")]
    (statement,) = read(VOLKSBANK + "".join(rows[::-1] if newest_first else rows)).statements
    assert (statement.opening_cents, statement.closing_cents, statement.difference_cents) == (10_500, 11_050, 0)
    (gap,) = read(VOLKSBANK + rows[0] + rows[2]).statements
    assert gap.refused
    assert gap.problems[0].code == "statement_does_not_tie"


def test_the_dkb_names_its_account_above_the_header() -> None:
    text = (
        f'"Girokonto";"{OWN[:4]} {OWN[4:8]} {OWN[8:]}"\n"Zeitraum:";"01.02.2026 - 28.02.2026"\n"Kontostand vom 28.02.2026:";"1,00 €"\n""\n'
        '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"Umsatztyp";"IBAN";'
        '"Betrag (€)";"Gläubiger-ID";"Mandatsreferenz";"Kundenreferenz"\n'
        f'"20.02.26";"20.02.26";"Gebucht";"Elif Yılmaz";"Nordlicht";"RE 1";"Eingang";"{THEIRS}";"84,90";"";"";""\n'
        f'"20.02.26";"20.02.26";"Gebucht";"Nordlicht";"Druckerei";"Papier";"Ausgang";"{THEIRS}";"-12,30 €";"";"";""\n'
    )
    (statement,) = read(text).statements
    assert statement.account == OWN
    assert [(line.counterparty_name, line.amount_cents) for line in statement.lines] == [("Elif Yılmaz", 8_490), ("Druckerei", -1_230)]


def test_the_fee_of_a_payment_service_is_a_movement_of_its_own() -> None:
    paypal = read(
        PAYPAL
        + '"20.02.2026","10:00:00","CET","Elif Yılmaz","Zahlung","Abgeschlossen","EUR","84,90","-2,47","82,43","e@example.com",'
        + '"laden@nordlicht.example","9AB","2026-00001","","","Haben"\n'
        + '"20.02.2026","10:00:00","CET","x","Memo","Abgeschlossen","EUR","84,90","0,00","84,90","a","b","9AC","","","","Memo"\n'
    )
    (statement,) = paypal.statements
    assert statement.account == "PAYPAL:LADEN@NORDLICHT.EXAMPLE"
    assert [(line.amount_cents, line.bank_ref) for line in statement.lines] == [(8_490, "9AB"), (-247, "9AB-FEE")]
    assert statement.lines[0].purpose == "2026-00001 Zahlung"
    stripe = read(STRIPE + "txn_1,2026-02-20 10:00:00,2026-02-25 00:00:00,eur,84.90,1.52,83.38,charge,ch_1,RE 2026-00001\n")
    assert (stripe.statements[0].account, stripe.statements[0].sum_cents) == ("STRIPE", 8_338)


def test_unknown_columns_are_refused_naming_them_and_the_known_layouts() -> None:
    parsed = read("Kontoname;Wann;Wieviel;Wofür\nGiro;1.1.;2;x\n")
    (problem,) = parsed.problems
    assert (parsed.statements, problem.code, problem.refuses) == ((), "statement_unknown_columns", True)
    assert "„Kontoname“, „Wann“, „Wieviel“, „Wofür“" in problem.reason
    assert all(profile.name in problem.reason for profile in profiles())


def test_no_header_fits_two_layouts() -> None:
    for one in profiles():
        assert [other.key for other in profiles() if other.fits(sorted(one.header))] == [one.key]


@settings(max_examples=150)
@given(st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=20))
def test_amounts_are_read_to_the_cent(amounts: list[int]) -> None:
    def german(cents: int) -> str:
        return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}".replace(",", ".") + f",{abs(cents) % 100:02d}"

    (statement,) = read(SPARKASSE + "".join(sparkasse(german(cents)) for cents in amounts)).statements
    assert [line.amount_cents for line in statement.lines] == amounts
