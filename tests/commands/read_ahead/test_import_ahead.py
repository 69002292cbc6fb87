"""A long file is taken in while a process of its own still reads it: the same is booked as if the whole had been read first."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction
from django.db.models import Count, Sum

from kulanz.claims.models import Case, Creditor
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import Imported, judge_ahead
from kulanz.payments.models import BankLine, BankStatement, StatementFile
from tests import factories
from tests.bank import ACCOUNT, Move, camt053, intraday, together
from tests.commands.read_ahead.house import OTHER, STRANGER, Twin, Watched, assert_alike, everything, long_file, take, take_whole

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_taken_ahead_books_what_the_whole_file_books(twins: tuple[Twin, Twin], watched: Watched) -> None:
    [done] = assert_alike(twins, watched, everything)
    assert (done.format, done.statements[0].creditor, done.new, done.statements[0].booked) == ("camt.053.001.08", "eins", 12, 9)
    assert {line[11] for line in twins[0].picture()["lines"]} == {"booked", "proposed", "unmatched"}
    assert len(watched.readers) == 1
    hashes = set(StatementFile.objects.values_list("sha256", flat=True))
    assert hashes == {hashlib.sha256(everything(twin)).hexdigest() for twin in twins}


def test_keys_and_identities_are_the_ones_the_whole_file_gives(watched: Watched) -> None:
    data = camt053([Move(100, "a", ref="R"), Move(100, "b", ref="S"), Move(100, "a", ref="R"), Move(100, "b", ref="T")])

    def stored() -> tuple[list[str], list[str]]:
        keys = BankLine.objects.order_by("key").values_list("key", flat=True)
        return list(keys), list(BankStatement.objects.values_list("identity", flat=True))

    with transaction.atomic():
        take(data)
        whole = stored()
        transaction.set_rollback(True)
    take(data)
    assert stored() == whole
    assert len(whole[0]) == 4
    assert watched.ways == ["ahead"]


def test_the_same_file_again_leaves_nothing_new(twins: tuple[Twin, Twin], watched: Watched) -> None:
    _, again = assert_alike(twins, watched, everything, everything)
    assert (again.new, again.statements[0].known) == (0, 12)
    assert StatementFile.objects.count() == BankStatement.objects.count() == 2


@pytest.mark.parametrize("first", ["ahead", "whole"])
def test_what_came_one_way_is_known_the_other_way(twins: tuple[Twin, Twin], watched: Watched, first: str) -> None:
    data = everything(twins[0])
    ways = (take, take_whole) if first == "ahead" else (take_whole, take)
    ways[0](data)
    assert ways[1](data).new == 0
    assert BankLine.objects.count() == 12
    assert watched.ways == ["ahead"]


def test_of_an_overlapping_file_only_what_is_new_is_booked(twins: tuple[Twin, Twin], watched: Watched) -> None:
    def earlier(twin: Twin) -> bytes:
        return twin.file(twin.move(1000, "{ref}", "Elif Yılmaz1", ref="A1"), twin.move(700, "{ref}", "Elif Yılmaz2", case=1), number=0)

    def later(twin: Twin) -> bytes:
        return twin.file(
            twin.move(1000, "{ref}", "Elif Yılmaz1", ref="A1"),
            twin.move(700, "{ref}", "Elif Yılmaz2", case=1),
            twin.move(2000, "{ref}", "Elif Yılmaz1", ref="A2"),
            twin.move(800, "{ref}", "Elif Yılmaz2", case=1),
            number=0,
        )

    _, done = assert_alike(twins, watched, earlier, later)
    assert (done.new, done.statements[0].known, done.statements[0].booked) == (2, 2, 2)


def test_a_statement_that_stands_in_the_file_twice_counts_once(twins: tuple[Twin, Twin], watched: Watched) -> None:
    [done] = assert_alike(twins, watched, lambda twin: together(everything(twin), everything(twin)))
    assert [(one.new, one.known) for one in done.statements] == [(12, 0), (0, 12)]
    assert BankStatement.objects.filter(account_iban=ACCOUNT).count() == 1


def test_two_statements_of_one_account_that_show_the_same_row_show_one_payment(twins: tuple[Twin, Twin], watched: Watched) -> None:
    def file(twin: Twin) -> bytes:
        referenced, plain = twin.move(1000, "{ref}", ref="A1"), twin.move(700, "{ref}", case=1)
        return together(
            twin.file(referenced, plain, number=0), twin.file(plain, referenced, twin.move(1, "x", ref="A2"), twin.move(2, "y"), number=0)
        )

    [done] = assert_alike(twins, watched, file)
    assert [(one.new, one.known) for one in done.statements] == [(2, 0), (2, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations((2, 3, 1))))
@pytest.mark.parametrize("one_file", [True, False])
def test_rows_equal_by_reference_are_as_many_as_the_statement_with_the_most_shows(
    watched: Watched, order: tuple[int, ...], one_file: bool
) -> None:
    parts = [camt053([Move(100, "a", ref="R")] * count, number=count) for count in order]
    for file in [together(*parts)] if one_file else parts:
        take(file)
    assert sorted(key.partition(":")[2] for key in BankLine.objects.values_list("key", flat=True)) == ["1", "2", "3"]
    new = Counter(BankLine.objects.values_list("statement__number", flat=True))
    most = 0
    for count in order:
        assert new[str(count)] == max(0, count - most)
        most = max(most, count)
    assert set(watched.ways) == {"ahead"}


def test_two_accounts_in_one_file_are_told_apart(twins: tuple[Twin, Twin], watched: Watched) -> None:
    row = Move(100, "a", ref="R")
    done = take(
        together(
            camt053([row, Move(5, "b", ref="S")]), camt053([row, Move(5, "b", ref="S")], account=OTHER), camt053([row], account=STRANGER)
        )
    )
    assert [(one.creditor, one.new) for one in done.statements] == [("eins", 2), ("zwei", 2), ("", 1)]
    assert dict(BankLine.objects.values_list("account_iban").annotate(Count("id"))) == {ACCOUNT: 2, OTHER: 2, STRANGER: 1}
    assert set(BankStatement.objects.values_list("account_iban", "creditor__key")) == {(ACCOUNT, "eins"), (OTHER, "zwei"), (STRANGER, None)}
    assert watched.ways == ["ahead"]


def test_an_account_of_nobody_is_taken_and_its_lines_stay_unmatched(watched: Watched) -> None:
    factories.creditor()
    done = take(camt053([Move(100, "x", ref="R"), Move(200, "y", ref="S")], account=STRANGER))
    assert (done.statements[0].creditor, done.statements[0].unmatched) == ("", 2)
    assert set(BankLine.objects.values_list("reason", flat=True)) == {"Das Konto gehört zu keinem Mandanten."}
    assert BankStatement.objects.get().creditor is None
    assert watched.ways == ["ahead"]


def test_an_account_of_two_creditors_belongs_to_neither_until_a_line_says_whose_it_is(twins: tuple[Twin, Twin], watched: Watched) -> None:
    Creditor.objects.update(iban=ACCOUNT)
    done = take(camt053([twins[0].move(8490, "{ref}", ref="R1"), twins[1].move(8490, "{ref}"), Move(5, "x", ref="R2")]))
    assert (done.statements[0].creditor, done.statements[0].booked, done.statements[0].unmatched) == ("eins, zwei", 2, 1)
    assert BankStatement.objects.get().creditor is None
    assert set(BankLine.objects.values_list("creditor__key", flat=True)) == {"eins", "zwei", None}
    assert watched.ways == ["ahead"]


NOTES = {
    "counted differently": lambda file: file.replace(
        b"</Acct>", b"</Acct><TxsSummry><TtlNtries><NbOfNtries>99</NbOfNtries></TtlNtries></TxsSummry>"
    ),
    "no booking day": lambda file: file.replace(b"<BookgDt><Dt>2026-02-20</Dt></BookgDt><ValDt><Dt>2026-02-20</Dt></ValDt>", b"", 1),
    "no balances": lambda file: file.replace(b"OPBD", b"XXXX").replace(b"CLBD", b"YYYY"),
}


@pytest.mark.parametrize("note", sorted(NOTES))
def test_what_is_no_reason_to_refuse_a_file_is_noted_with_it(twins: tuple[Twin, Twin], watched: Watched, note: str) -> None:
    [done] = assert_alike(twins, watched, lambda twin: together(twin.file(number=7), NOTES[note](everything(twin))))
    [told] = done.statements[1].problems
    assert StatementFile.objects.get(name="0 März.xml", statements__number="7", statements__account_iban=ACCOUNT).problems == [told.reason]
    assert told.file == "0 März.xml"


@pytest.mark.parametrize(
    "change",
    [
        intraday,
        lambda file: file.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"),
        lambda file: camt053([], account=file[file.index(b"<IBAN>") + 6 : file.index(b"</IBAN>")].decode()),
    ],
    ids=["intraday", "pending", "empty"],
)
def test_reports_of_the_day_announced_entries_and_empty_statements_are_taken_alike(
    twins: tuple[Twin, Twin], watched: Watched, change: Callable[[bytes], bytes]
) -> None:
    ways = "HasToBeWhole" if b"PDNG" in change(everything(twins[0])) else "ahead"
    assert_alike(twins, watched, lambda twin: change(everything(twin)), ways=ways)


REFUSED: dict[str, Callable[[Twin], bytes]] = {
    "does not add up": lambda twin: twin.file(twin.move(8490, "{ref}", ref="R1"), twin.move(1, "x"), closing_cents=100),
    "is cut off": lambda twin: everything(twin)[:-200],
    "has an entry that cannot be read": lambda twin: everything(twin).replace(b"<Amt Ccy='EUR'>40.00", b"<Amt Ccy='EUR'>vierzig"),
    "is in two currencies": lambda twin: everything(twin).replace(b"<Ntry><Amt Ccy='EUR'>40.00", b"<Ntry><Amt Ccy='USD'>40.00"),
    "has no account": lambda twin: everything(twin).replace(b"<IBAN>%b</IBAN>" % twin.account.encode(), b""),
    "is no statement at all": lambda twin: b"<?xml version='1.0'?><Document><a>eins</a></Document>",
    "has no statement": lambda twin: everything(twin)[: everything(twin).index(b"<Stmt>")] + b"</BkToCstmrStmt></Document>",
}


@pytest.mark.parametrize("matter", REFUSED)
def test_a_file_that_cannot_be_taken_leaves_nothing_behind_and_is_refused_in_the_same_words(
    twins: tuple[Twin, Twin], watched: Watched, matter: str
) -> None:
    [done] = assert_alike(twins, watched, REFUSED[matter], ways="HasToBeWhole")
    assert done.problems or done.statements[0].refused
    assert not StatementFile.objects.exists()
    assert not BankStatement.objects.exists()
    assert not BankLine.objects.exists()


def test_of_a_file_with_a_statement_that_cannot_be_taken_the_others_are(twins: tuple[Twin, Twin], watched: Watched) -> None:
    [done] = assert_alike(
        twins, watched, lambda twin: together(everything(twin), REFUSED["does not add up"](twin), twin.file(number=9)), ways="HasToBeWhole"
    )
    assert [one.refused for one in done.statements] == [False, True, False]
    assert BankLine.objects.filter(account_iban=ACCOUNT).count() == 12


def cut_between_two_equal_transfers(twin: Twin) -> list[bytes]:
    same = twin.move(5000, "Miete", "Elif Yılmaz1", ref="")
    return [
        twin.file(same, twin.move(1, "x", ref="R1"), opening_cents=0, number=1),
        twin.file(twin.move(-700, "Entgelt"), twin.move(1, "x", ref="R2"), opening_cents=5001, number=2),
        twin.file(same, twin.move(1, "x", ref="R3"), opening_cents=4302, number=3),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_older_statements_that_a_new_one_connects_give_the_payment_that_is_missing(
    twins: tuple[Twin, Twin], watched: Watched, order: tuple[int, ...]
) -> None:
    assert_alike(twins, watched, *(lambda twin, part=part: cut_between_two_equal_transfers(twin)[part] for part in (*order, order[0])))
    assert sorted(BankLine.objects.filter(account_iban=ACCOUNT).values_list("amount_cents", flat=True)) == [-700, 1, 1, 1, 5000, 5000]


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_statements_connected_within_one_file_give_it_too(twins: tuple[Twin, Twin], watched: Watched, order: tuple[int, ...]) -> None:
    [done] = assert_alike(twins, watched, lambda twin: together(*(cut_between_two_equal_transfers(twin)[part] for part in order)))
    assert [one.new for one in done.statements] == [2, 2, 2]


@pytest.mark.parametrize(("reference", "ways"), [("", []), ("NONREF", ["HasToBeWhole"])])
def test_a_file_with_a_line_without_reference_is_read_as_a_whole(watched: Watched, reference: str, ways: list[str]) -> None:
    """Where the bank writes none, that is seen at once; where it writes a word for it, when the line is read."""
    take(camt053([Move(1, "mit", ref="R1"), Move(2, "ohne", ref=reference), Move(3, "mit", ref="R2")]))
    assert list(BankLine.objects.order_by("id").values_list("amount_cents", flat=True)) == [1, 2, 3]
    assert watched.ways == ways


def test_a_gap_between_statements_is_seen_alike(twins: tuple[Twin, Twin], watched: Watched) -> None:
    def part(number: int, opening: int) -> Callable[[Twin], bytes]:
        on = date(2026, 2, number)
        return lambda twin: twin.file(twin.move(100, "a", ref=f"R{number}", on=on), opening_cents=opening, number=number)

    assert_alike(twins, watched, part(1, 0), part(3, 300))
    assert BankStatement.objects.filter(gap=True, number="3").count() == 2
    watched.ways.clear()
    assert_alike(twins, watched, part(2, 100))
    assert BankStatement.objects.filter(gap=True).count() == 2


@pytest.mark.slow
def test_a_file_of_many_pieces_is_taken_alike(twins: tuple[Twin, Twin], watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 300)
    [done] = assert_alike(twins, watched, long_file)
    assert (done.new, done.statements[0].booked) == (1_303, 3)


PAYER = "DE75512108001245126199"


def with_its_return(twin: Twin, ref: str) -> bytes:
    """A payment, some others, and then its return."""
    data = twin.file(
        twin.move(8490, "{ref}", "Elif Yılmaz1", iban=PAYER, end_to_end="E1", ref=ref),
        *(twin.move(n, "x", ref=f"B{n}") for n in range(1, 4)),
        twin.move(-8490, "Rückgabe", "Elif Yılmaz1", iban=PAYER, end_to_end="E1", ref="B4"),
    )
    return re.sub(rb"(<CdtDbtInd>DBIT</CdtDbtInd><Sts>.*?)</TxDtls>", rb"\1<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>", data)


@pytest.mark.parametrize("ref", ["B0", "", "NONREF"])
@pytest.mark.parametrize("piece_lines", [2, 100])
def test_a_payment_and_its_return_in_one_file_leave_the_case_open(
    twins: tuple[Twin, Twin], watched: Watched, monkeypatch: pytest.MonkeyPatch, piece_lines: int, ref: str
) -> None:
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", piece_lines)
    assert_alike(twins, watched, lambda twin: with_its_return(twin, ref), ways="HasToBeWhole" if ref == "NONREF" else "ahead")
    assert BankLine.objects.get(account_iban=ACCOUNT, amount_cents=-8490).state == "booked"
    assert Case.objects.get(id=twins[0].cases[0].id).state == "open"


def test_what_is_owed_does_not_depend_on_the_order_in_which_payments_of_several_days_are_worked_off(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 2)
    owed = []
    for key, account, way in (("eins", ACCOUNT, take), ("zwei", OTHER, take_whole)):
        owner = factories.creditor(key, iban=account)
        case = factories.case(
            owner, external_id="RE-1", first_interest_day=date(2026, 1, 10), default_reason="30 days", principal_cents=500_000
        )
        early, late = (
            Move(1_000, case.reference, ref="B0", on=date(2026, 2, 1)),
            Move(200_000, case.reference, ref="B4", on=date(2026, 2, 20)),
        )
        way(camt053([early, *(Move(n, "x", ref=f"B{n}") for n in range(1, 4)), late], account=account))
        postings = Posting.objects.filter(account__in=case.claims.values("account"))
        owed.append(sorted(postings.values_list("component").annotate(Sum("amount_cents"))))
    assert owed[0] == owed[1]
    assert dict(owed[0])["principal"] > 0
    assert audit().findings == ()
    assert watched.ways == ["ahead"]


@pytest.mark.parametrize("way", [take, take_whole], ids=["ahead", "whole"])
def test_of_two_payments_under_one_reference_the_one_that_is_not_known_is_stored(way: Callable[[bytes], Imported]) -> None:
    claim = factories.claim()
    known, new = Move(8490, "Spende", ref="R"), Move(8490, claim.case.reference, "Elif Yılmaz1", ref="R")
    way(camt053([known], number=1))
    way(camt053([known, new], number=2))
    assert sorted(BankLine.objects.values_list("purpose", "state")) == sorted([("Spende", "proposed"), (claim.case.reference, "booked")])
