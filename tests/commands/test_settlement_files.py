"""Settlement files of PayPal and Stripe: every row finds its payment, fees and payouts are booked once, whatever the files look like."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from kulanz.ledger.models import AccountKind, Entry, EntryKind
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.checkouts import providers_of_day, reconcile, refresh
from kulanz.payments.commands.collect import hand_in
from kulanz.payments.commands.imported import Imported
from kulanz.payments.commands.money_file import take_money_file
from kulanz.payments.models import BankLine, BankStatement, Checkout, LineState, PayoutState, ProviderPayout, ProviderProblem, ProviderRow
from kulanz.payments.providers.port import Method
from kulanz.payments.readers.settlement_csv import read_settlement
from kulanz.runs.check import check
from kulanz.world.provider_server.book import Payment, Payout
from tests.bank import Move, camt053
from tests.commands.test_checkouts import balance, begin, case_of, listen
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = (AccountKind.PROVIDER, AccountKind.SUSPENSE, AccountKind.BANK, AccountKind.WITHHELD)
WORDS = {"stripe": "STRIPE PAYMENTS EUROPE", "paypal": "PayPal Europe S.a.r.l."}
METHOD = {"stripe": Method.CARD, "paypal": Method.PAYPAL}
BALANCE = (
    "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,description,payment_intent_id"
)
PAYOUTS = f"{BALANCE},automatic_payout_id,automatic_payout_effective_at_utc"
PAYPAL = (
    '"Datum","Uhrzeit","Zeitzone","Name","Typ","Status","Währung","Brutto","Gebühr","Netto","Absender E-Mail-Adresse",'
    '"Empfänger E-Mail-Adresse","Transaktionscode","Artikelbezeichnung","Zugehöriger Transaktionscode","Rechnungsnummer",'
    '"Zollnummer","Guthaben","Betreff","Hinweis","Auswirkung auf Guthaben"'
)


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def pay(world: Played, provider: str, cents: int, number: int) -> Checkout:
    checkout = begin(case_of(number, principal_cents=cents), provider, METHOD[provider], cents, f"{provider} {number}")
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    checkout.refresh_from_db()
    return checkout


def english(cents: int) -> str:
    return f"{cents / 100:.2f}"


def german(cents: int) -> str:
    return f"{cents / 100:,.2f}".replace(",", "x").replace(".", ",").replace("x", ".")


def stripe_rows(payout: Payout, *, with_payout: bool = True) -> list[str]:
    """The rows of a payout as Stripe's itemized reports have them."""
    end = f",{payout.id},{DAY} 00:00:00" if with_payout else ""
    at = f"{DAY} 09:30:00,{DAY} 00:00:00,eur"
    rows = [
        f"txn_{one.charge_id},{at},{english(one.cents)},{english(one.fee_cents)},{english(one.cents - one.fee_cents)},"
        f"charge,{one.charge_id},x,{one.money_id}{end}"
        for one in payout.payments
    ]
    rows += [
        f"txn_{back.id},{at},{english(-back.cents)},0.00,{english(-back.cents)},refund,{back.id},x,{one.money_id}{end}"
        for one, back in payout.backs
    ]
    return rows


def paypal_row(ref: str, what: str, gross: int, fee: int, *, of: str = "", ours: str = "", effect: str = "") -> str:
    effect = effect or ("Haben" if gross > 0 else "Soll")
    cells = (
        f"{DAY:%d.%m.%Y}", "10:00:00", "CET", "x", what, "Abgeschlossen", "EUR", german(gross), german(-fee), german(gross - fee), "a@x",
        "laden@x.example", ref, "", of, ours, ours, "0,00", "", "", effect,
    )  # fmt: skip
    return ",".join(f'"{cell}"' for cell in cells)


def paypal_rows(payout: Payout) -> list[str]:
    rows = [paypal_row(one.money_id, "PayPal Express-Zahlung", one.cents, one.fee_cents, ours=one.ours) for one in payout.payments]
    rows += [paypal_row(back.id, "Rückzahlung", -back.cents, 0, of=one.money_id, ours=one.ours) for one, back in payout.backs]
    return [*rows, paypal_row(payout.id.upper(), "Allgemeine Abbuchung – Bankkonto", -payout.net_cents, 0)]


ROWS: dict[str, tuple[str, Callable[[Payout], list[str]]]] = {"stripe": (PAYOUTS, stripe_rows), "paypal": (PAYPAL, paypal_rows)}


def take(head: str, rows: list[str], name: str = "datei.csv") -> Imported:
    return take_money_file("\n".join([head, *rows, ""]).encode(), name, actor="test", now=NOW, day=DAY)


def bank(cents: int, provider: str, number: int = 1) -> None:
    opening = sum(BankLine.objects.filter(statement__isnull=False).values_list("amount_cents", flat=True))
    move = Move(cents, "AUSZAHLUNG", WORDS[provider], ref=f"B{number}", on=DAY)
    import_statement(camt053([move], number=number, opening_cents=opening), f"{number}.xml", actor="test", now=NOW, day=DAY)


def books() -> tuple[int, ...]:
    return tuple(balance(kind) for kind in KINDS)


@pytest.mark.parametrize("provider", ["stripe", "paypal"])
def test_a_file_reconciles_like_the_providers_own_answer(world: Played, provider: str) -> None:
    checkouts = [pay(world, provider, 5000, 1), pay(world, provider, 7000, 2)]
    payout = world.house.book.pay_out(provider)
    assert payout is not None
    bank(payout.net_cents, provider)
    head, rows = ROWS[provider]
    result = take(head, rows(payout))
    (told,) = result.statements
    assert (told.account, told.creditor, told.new, told.booked, told.unmatched, told.problems) == (
        f"nordlicht-{provider}", "nordlicht", len(rows(payout)), len(rows(payout)), 0, (),
    )  # fmt: skip
    fees = 12_000 - payout.net_cents
    assert fees > 0 and books() == (0, 0, payout.net_cents, fees)
    found = ProviderPayout.objects.select_related("bank_line").get()
    assert (found.state, found.net_cents) == (PayoutState.TIED, payout.net_cents)
    assert found.bank_line is not None and found.bank_line.state == LineState.BOOKED
    assert not BankLine.objects.filter(account_iban__in=("STRIPE", "PAYPAL:LADEN@X.EXAMPLE")).exists(), "the provider is no bank account"

    again = take(head, rows(payout), "noch einmal.csv")
    assert (again.statements[0].new, again.statements[0].known) == (0, len(rows(payout)))
    assert books() == (0, 0, payout.net_cents, fees) and check(DAY).findings == ()
    assert not ProviderProblem.objects.filter(done_at=None).exists()
    assert len(checkouts) == 2


@pytest.mark.parametrize("provider", ["stripe", "paypal"])
@pytest.mark.parametrize("first", ["file", "answer"])
def test_the_file_and_the_providers_own_answer_book_once_together(world: Played, provider: str, first: str) -> None:
    pay(world, provider, 5000, 1)
    payout = world.house.book.pay_out(provider)
    assert payout is not None
    head, rows = ROWS[provider]

    def ask() -> None:
        reconcile(world.endpoints[provider], since=DAY - timedelta(days=5), until=DAY, day=DAY, now=NOW)

    bare = [row.replace(payout.id.upper(), payout.id.replace("_", "").upper()) for row in rows(payout)]
    (ask if first == "answer" else lambda: take(head, bare))()
    bank(payout.net_cents, provider)
    for _ in range(2):
        take(head, bare)
        ask()
    assert books() == (0, 0, payout.net_cents, 5000 - payout.net_cents)
    assert Entry.objects.filter(kind=EntryKind.PAYOUT, idempotency_key__startswith="payout:").count() == 1
    assert check(DAY).findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["stripe", "paypal"])
def test_any_cut_overlap_repetition_and_order_of_files_books_the_same(world: Played, provider: str) -> None:
    """Fifteen sets of files, each cut, repeated and shuffled another way, with the bank's line somewhere in between."""
    dice = random.Random(20261122)
    head, rows_of = ROWS[provider]
    number = 0
    for turn in range(15):
        for _ in range(dice.randint(1, 4)):
            number += 1
            pay(world, provider, dice.randint(1000, 20_000), number)
        payout = world.house.book.pay_out(provider)
        assert payout is not None
        rows = rows_of(payout)
        files = [dice.sample(rows, dice.randint(1, len(rows))) for _ in range(dice.randint(0, 3))]
        cut = dice.randint(0, len(rows))
        files += [part for part in (rows[:cut], rows[cut:]) if part]
        dice.shuffle(files)
        before, at = books(), dice.randint(0, len(files))
        for place, part in enumerate(files):
            if place == at:
                bank(payout.net_cents, provider, turn + 1)
            take(head, part, f"{turn}-{place}.csv")
        if at == len(files):
            bank(payout.net_cents, provider, turn + 1)
            providers_of_day(day=DAY, now=NOW)  # nothing came after the bank's line: the day finds it
        gross = sum(one.cents for one in payout.payments)
        moved = tuple(after - was for after, was in zip(books(), before, strict=True))
        assert moved == (-gross, 0, payout.net_cents, gross - payout.net_cents), (turn, files)
    assert not ProviderProblem.objects.filter(kind="row", done_at=None).exists()
    assert check(DAY).findings == ()


def test_rows_of_the_balance_report_wait_for_the_report_that_names_their_payout(world: Played) -> None:
    pay(world, "stripe", 5000, 1)
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    bank(payout.net_cents, "stripe")
    take(BALANCE, stripe_rows(payout, with_payout=False))
    assert balance(AccountKind.WITHHELD) == 0 and not ProviderPayout.objects.exists()
    assert take(PAYOUTS, stripe_rows(payout)).statements[0].known == 1
    assert books() == (0, 0, payout.net_cents, 5000 - payout.net_cents)


def payment_of(world: Played, checkout: Checkout) -> Payment:
    return world.house.book.payments[checkout.provider_ref]


def test_what_fits_nothing_is_a_row_a_clerk_understands_and_passes_when_it_fits(world: Played) -> None:
    known = pay(world, "paypal", 5000, 1)
    unheard = begin(case_of(2, principal_cents=6000), "paypal", Method.PAYPAL, 6000, "unheard")
    world.house.act(unheard.provider_ref, "pay")
    world.house.posts()  # never delivered
    one = payment_of(world, known)
    rows = [
        paypal_row(one.money_id, "PayPal Express-Zahlung", 5000, 100, ours=one.ours),
        paypal_row("2UNHEARD", "PayPal Express-Zahlung", 6000, 120, ours=str(unheard.public_id)),
        paypal_row("3FOREIGN", "PayPal Express-Zahlung", 900, 40, ours="shop-77"),
        paypal_row("4MONEY", "Allgemeine Währungsumrechnung", 700, 0),
        paypal_row("5MEMO", "Memo", 700, 0, effect="Memo"),
        paypal_row("6BROKEN", "PayPal Express-Zahlung", 700, 0).replace("7,00", "sieben"),
    ]
    (told,) = take(PAYPAL, rows, "märz.csv").statements
    assert (told.lines, told.booked, told.unmatched, told.refused) == (4, 1, 3, False)
    reasons = {problem.line: problem.reason for problem in told.problems}
    assert "abgerechnet, aber hier nicht gebucht" in reasons[3]
    assert "gibt es hier keine Zahlung" in reasons[4] and "weder Zahlung noch" in reasons[5] and "kein Betrag" in reasons[7]
    kept = list(ProviderProblem.objects.filter(kind="row", done_at=None).order_by("key").values_list("text", flat=True))
    assert len(kept) == 3 and all(text.startswith("märz.csv, Zeile ") for text in kept)
    assert balance(AccountKind.WITHHELD) == 100, "a cost is booked for what is ours, not for what fits nothing"

    world.house.act(unheard.provider_ref, "pay")
    refresh(unheard.id, day=DAY, now=NOW)
    providers_of_day(day=DAY, now=NOW)
    assert ProviderProblem.objects.filter(kind="row", done_at=None).count() == 2
    assert balance(AccountKind.WITHHELD) == 220


def test_a_row_that_says_something_else_the_second_time_is_not_believed(world: Played) -> None:
    one = payment_of(world, pay(world, "paypal", 5000, 1))
    take(PAYPAL, [paypal_row(one.money_id, "PayPal Express-Zahlung", 5000, 100, ours=one.ours)], "a.csv")
    (told,) = take(PAYPAL, [paypal_row(one.money_id, "PayPal Express-Zahlung", 5000, 300, ours=one.ours)], "b.csv").statements
    assert [problem.code for problem in told.problems] == ["settlement_row_differs"]
    assert ProviderRow.objects.get().fee_cents == 100 and balance(AccountKind.WITHHELD) == 100


def test_a_file_that_belongs_to_no_endpoint_is_refused_with_what_to_do(world: Played) -> None:
    world.endpoints.pop("paypal")
    (told,) = take(PAYPAL, [paypal_row("X", "PayPal Express-Zahlung", 900, 0)]).statements
    assert told.refused and "kein Anschluss" in told.problems[0].reason and not ProviderRow.objects.exists()


def test_people_of_another_creditor_cannot_hand_it_in(world: Played) -> None:
    pay(world, "stripe", 5000, 1)
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    data = "\n".join([PAYOUTS, *stripe_rows(payout)]).encode()
    result = hand_in(data, "a.csv", creditor_ids=[999_999], actor="x", now=NOW, day=DAY)
    assert result.statements[0].refused and not ProviderRow.objects.exists() and not BankStatement.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"a;b\n", b"PK\x03\x04", PAYPAL.encode() + b"\n\x00", b"\xff\xfe", (BALANCE + "\n" + "x," * 9 + "\n").encode()]
)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    found = read_settlement(data, "x.csv")
    assert found is None or found.rows == ()


def test_the_readers_words_for_stripe_and_paypal() -> None:
    rows = [
        f"txn_1,{DAY} 09:30:00,{DAY} 00:00:00,eur,-12.00,0.00,-12.00,fee,,Stripe billing,",
        f"txn_2,{DAY} 09:30:00,{DAY} 00:00:00,eur,-50.00,15.00,-65.00,dispute,dp_1,x,pi_1",
        f"txn_3,{DAY} 09:30:00,{DAY} 00:00:00,eur,-500.00,0.00,-500.00,payout,po_1,x,",
        f"txn_4,{DAY} 09:30:00,{DAY} 00:00:00,eur,3.00,0.00,3.00,topup,tu_1,x,",
    ]
    found = read_settlement("\n".join([BALANCE, *rows]).encode(), "x.csv")
    assert found is not None and found.net_cents == -1200 - 6500 + 300
    assert [(row.kind.value, row.gross_cents, row.fee_cents) for row in found.rows] == [
        ("fee", 0, 1200), ("chargeback", -5000, 1500), ("other", 300, 0),
    ]  # fmt: skip
    german_rows = [
        paypal_row("A", "Allgemeine Abbuchung von Kreditkarte", -900, 0),
        paypal_row("B", "Von Nutzer eingeleitete Abbuchung", -900, 0),
        paypal_row("C", "Rückzahlung", -900, -20, of="Z"),
    ]
    told = read_settlement("\n".join([PAYPAL, *german_rows]).encode(), "x.csv")
    assert told is not None
    assert [(row.kind.value, row.is_payout, row.fee_cents, row.on) for row in told.rows] == [
        ("other", False, 0, DAY), ("other", True, 0, DAY), ("refund", False, -20, DAY),
    ]  # fmt: skip
    assert isinstance(told.rows[0].on, date)
