"""Reading ahead says of every camt file what reading it as a whole says, only sooner."""

from __future__ import annotations

import io
import os
import pickle
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kulanz.payments.readers import ParsedFile, ParsedStatement, StatementLine, ahead, camt, read_statements
from kulanz.payments.readers.ahead import Finished, HandedOver, Message, Unreferenced, messages
from kulanz.payments.readers.camt import CHUNK_BYTES
from kulanz.payments.readers.detect import is_camt
from kulanz.payments.rules.identity import row_key, statement_identity
from tests.bank import ACCOUNT, Move, camt053, intraday, together
from tests.rules.payments.test_fuzz_readers import TOKENS

NAME = "Auszug März.xml"
DAY = date(2026, 2, 20)
ACCOUNTS = (ACCOUNT, "DE02120300000000202051")


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def told_by(read: list[Message]) -> list[tuple[Finished, list[HandedOver]]]:
    """Each statement with what was handed over of it."""
    told: list[tuple[Finished, list[HandedOver]]] = []
    handed: list[HandedOver] = []
    for message in read:
        if isinstance(message, HandedOver):
            handed.append(message)
        elif isinstance(message, Finished):
            told.append((message, handed))
            handed = []
    return told


def still_unseen(statement: ParsedStatement, before: Counter[str]) -> list[tuple[StatementLine, str, int]]:
    """The lines that no earlier statement has shown, which ``before`` counts, with their keys and numbers."""
    shown: Counter[str] = Counter()
    unseen = []
    for line in statement.lines:
        key = row_key(statement.account, line)
        shown[key] += 1
        if shown[key] > before[key]:
            unseen.append((line, key, shown[key]))
    return unseen


def assert_same(data: bytes, *, chunk: int = CHUNK_BYTES, first: int = 500, most: int = 2_000) -> ParsedFile:
    """Read both ways, in chunks of so many bytes, and compare all that is said; returns the whole.

    ``first`` and ``most`` are the lines handed over at a time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(camt, "CHUNK_BYTES", chunk)
        patch.setattr(ahead, "_FIRST_LINES", first)
        patch.setattr(ahead, "_MOST_LINES", most)
        whole, read = read_statements(data, NAME), list(messages(in_chunks(data, chunk), NAME))
    last = read[-1]
    if isinstance(last, Unreferenced):
        unreferenced = [line.line for statement in whole.statements for line in statement.lines if not line.bank_ref]
        assert whole.problems or last.line in unreferenced
        assert not any(isinstance(message, ParsedFile | Unreferenced) for message in read[:-1])
        return whole
    assert last == ParsedFile(whole.name, whole.format, (), whole.problems)
    assert not any(isinstance(message, ParsedFile) for message in read[:-1])
    if whole.problems:
        return whole
    told = told_by(read)
    assert len(told) == len(whole.statements)
    before: Counter[str] = Counter()
    for (finished, handed), statement in zip(told, whole.statements, strict=True):
        keys = [row_key(statement.account, line) for line in statement.lines]
        assert finished.statement == replace(statement, lines=(), handed_over=statement.totals)
        assert (finished.statement.refused, finished.statement.sum_cents) == (statement.refused, statement.sum_cents)
        assert (finished.statement.count, finished.statement.difference_cents) == (len(statement.lines), statement.difference_cents)
        assert finished.identity == statement_identity(statement, keys)
        assert all(line.bank_ref for line in statement.lines)
        assert [row for one in handed for row in zip(one.lines, one.keys, one.numbers, strict=True)] == still_unseen(statement, before)
        assert {(one.format, one.account) for one in handed if one.lines} <= {(whole.format, statement.account)}
        before |= Counter(keys)
    return whole


def as_collective(entry: bytes) -> bytes:
    """The entry as one that holds two equal payments."""
    amounts = re.findall(rb"<Amt Ccy='EUR'>([0-9.]+)</Amt>", entry)
    if not amounts:
        return entry
    cents = int(amounts[0].replace(b".", b""))
    whole, part = (f"<Amt Ccy='EUR'>{amount // 100}.{amount % 100:02d}</Amt>".encode() for amount in (2 * cents, cents))
    entry = re.sub(rb"<Amt Ccy='EUR'>[0-9.]+</Amt>", whole, entry, count=1)
    side = b"<CdtDbtInd>DBIT</CdtDbtInd>" if b"DBIT" in entry else b"<CdtDbtInd>CRDT</CdtDbtInd>"
    entry = entry.replace(b"</Refs>", b"</Refs>" + part + side)
    details = entry[entry.index(b"<TxDtls>") : entry.index(b"</NtryDtls>")]
    return entry.replace(details, 2 * details)


TO_AN_ENTRY = {
    "pending": lambda entry: entry.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"),
    "unreadable": lambda entry: entry.replace(b"<Amt Ccy='EUR'>", b"<Amt Ccy='EUR'>x", 1),
    "other currency": lambda entry: entry.replace(b"<Amt Ccy='EUR'>", b"<Amt Ccy='USD'>", 1),
    "no day": lambda entry: re.sub(rb"<BookgDt>.*</ValDt>", b"", entry),
    "collective": as_collective,
}
TO_A_STATEMENT = {
    "no balances": lambda file: re.sub(rb"<Bal>.*?</Bal>", b"", file),
    "unreadable balance": lambda file: file.replace(b"<Amt Ccy='EUR'>", b"<Amt Ccy='EUR'>x", 1),
    "no account": lambda file: re.sub(rb"<Acct>.*?</Acct>", b"", file, count=1),
    "account last": lambda file: re.sub(rb"(<Acct>.*?</Acct>)(.*)(</Stmt>)", rb"\2\1\3", file, count=1),
    "no currency": lambda file: file.replace(b"<Ccy>EUR</Ccy>", b"", 1),
    "counted wrongly": lambda file: file.replace(
        b"</Acct>", b"</Acct><TxsSummry><TtlNtries><NbOfNtries>99</NbOfNtries></TtlNtries></TxsSummry>"
    ),
    "nested": lambda file: file.replace(b"</Acct>", b"</Acct><Stmt></Stmt>", 1),
    "intraday": intraday,
}


@st.composite
def statements(draw: st.DrawFn) -> bytes:
    """A file of one statement with few different movements, so that many are equal; now and then some have no reference."""
    references = draw(st.sampled_from([("R1", "R2", "r 2"), ("R1", "R2", "r 2"), ("R1", "R2", "r 2"), ("", "R1", "NONREF")]))
    moves = draw(
        st.lists(
            st.builds(
                Move,
                st.sampled_from([100, 200, -100, 5000]),
                st.sampled_from(["a", "Müller & Söhne"]),
                ref=st.sampled_from(references),
                on=st.sampled_from([DAY, DAY, DAY + timedelta(days=1)]),
            ),
            max_size=8,
        )
    )
    closing = draw(st.sampled_from([None, None, None, 77]))
    number = draw(st.integers(0, 2))
    file = camt053(
        moves, account=draw(st.sampled_from(ACCOUNTS)), opening_cents=draw(st.sampled_from([0, -700])), closing_cents=closing, number=number
    )
    head, *entries = re.split(rb"(?=<Ntry>)", file)
    if entries:
        for place in draw(st.lists(st.integers(0, len(entries) - 1), max_size=2)):
            entries[place] = TO_AN_ENTRY[draw(st.sampled_from(sorted(TO_AN_ENTRY)))](entries[place])
    file = head + b"".join(entries)
    for change in draw(st.lists(st.sampled_from(["", "", *sorted(TO_A_STATEMENT)]), max_size=2)):
        file = TO_A_STATEMENT[change](file) if change else file
    return file


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Some statements in one file, some of them repeated."""
    different = draw(st.lists(statements(), min_size=1, max_size=3))
    return together(*different, *draw(st.lists(st.sampled_from(different), max_size=2)))


@pytest.mark.slow
@settings(max_examples=400)
@given(files(), st.integers(1, 3), st.integers(1, 5), st.sampled_from([CHUNK_BYTES, 7, 64, 301, 4000]))
def test_lines_totals_identity_and_problems_are_those_of_the_whole_file(data: bytes, first: int, most: int, chunk: int) -> None:
    assert_same(data, chunk=chunk, first=first, most=most)


@pytest.mark.slow
@settings(max_examples=300)
@given(files(), st.lists(st.tuples(st.floats(0, 1), TOKENS), max_size=2), st.floats(0.2, 1), st.integers(1, 3))
def test_a_damaged_or_truncated_file_is_refused_or_read_as_the_whole_is(
    data: bytes, damage: list[tuple[float, bytes]], end: float, first: int
) -> None:
    for where, token in damage:
        place = 60 + int(where * (len(data) - 60))
        data = data[:place] + token + data[place:]
    data = data[: int(end * len(data))]
    assume(is_camt(data, NAME))
    assert_same(data, first=first, most=4)


@pytest.mark.parametrize("change", sorted(TO_A_STATEMENT))
def test_each_thing_that_can_be_the_matter_with_a_statement_is_said_of_the_second_one_too(change: str) -> None:
    sound = camt053([Move(100, "a", ref="R1"), Move(200, "b", ref="R2")])
    odd = camt053([Move(300, "c", ref="R3"), Move(400, "d", ref="R4")], number=2)
    whole = assert_same(together(sound, TO_A_STATEMENT[change](odd)))
    assert bool(whole.all_problems) == (change not in {"no currency", "account last", "intraday"})


@pytest.mark.parametrize("change", sorted(TO_AN_ENTRY))
def test_each_thing_that_can_be_the_matter_with_an_entry_is_said_of_its_statement(change: str) -> None:
    head, first, second = re.split(rb"(?=<Ntry>)", camt053([Move(100, "a", ref="R1"), Move(200, "b", ref="R2")]))
    whole = assert_same(head + first + TO_AN_ENTRY[change](second))
    [statement] = whole.statements
    assert len(statement.lines) == {"pending": 1, "unreadable": 1, "collective": 3}.get(change, 2)
    assert statement.refused == (change != "no day")
    assert statement.problems


@pytest.mark.slow
def test_every_statement_of_a_file_cut_anywhere_is_refused_or_read_alike() -> None:
    sound = camt053([Move(100, "a", ref="R1"), Move(200, "b", ref="R2")])
    data = together(sound, camt053([Move(300, "c", ref="R3")], opening_cents=300, number=2))
    for end in range(60, len(data) + 1):
        whole = assert_same(data[:end])
        assert bool(whole.problems) == (end < len(data))


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("reference", ["", "NONREF"])
def test_a_line_without_reference_ends_the_reading_before_it_is_handed_over(place: int, reference: str) -> None:
    references = ["R1", "R2", "R3"]
    references[place] = reference
    data = camt053([Move(100, str(n), ref=ref) for n, ref in enumerate(references)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "_FIRST_LINES", 1)
        patch.setattr(ahead, "_MOST_LINES", 1)
        *handed, last = messages(in_chunks(data, CHUNK_BYTES), NAME)
    assert isinstance(last, Unreferenced)
    assert [line.bank_ref for one in handed if isinstance(one, HandedOver) for line in one.lines] == references[:place]


def test_lines_are_handed_over_before_their_statement_is_read_few_at_first_then_more() -> None:
    data = camt053([Move(100, str(n), ref=f"R{n}") for n in range(6_000)])
    read = list(messages(in_chunks(data, CHUNK_BYTES), NAME))
    sizes = [len(message.lines) for message in read if isinstance(message, HandedOver)]
    assert sizes[0] == ahead._FIRST_LINES
    assert sizes[1] == 2 * ahead._FIRST_LINES
    assert max(sizes) == ahead._MOST_LINES
    assert sum(sizes) == 6_000
    assert [type(message) for message in read[-2:]] == [Finished, ParsedFile]


def test_the_first_lines_come_without_the_rest_of_the_file() -> None:
    data = camt053([Move(100, str(n), ref=f"R{n}") for n in range(1_000)])
    fetched: list[bytes] = []

    def noted() -> Iterator[bytes]:
        for chunk in in_chunks(data, 4_000):
            fetched.append(chunk)
            yield chunk

    first = next(messages(noted(), NAME))
    assert isinstance(first, HandedOver)
    assert sum(map(len, fetched)) < 0.6 * len(data)


def real_files(shared: Path) -> Iterator[tuple[str, bytes]]:
    folder = shared / "data" / "formats" / "camt"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data/formats/camt with real files is not here")
    for path in sorted(folder.iterdir()):
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())
        else:
            yield path.name, path.read_bytes()


@pytest.mark.parametrize(("first", "chunk"), [(500, CHUNK_BYTES), (1, CHUNK_BYTES), (1, 100), (3, 1_000)])
def test_every_real_file_is_read_alike(shared: Path, first: int, chunk: int) -> None:
    read = {name: assert_same(data, chunk=chunk, first=first) for name, data in real_files(shared) if is_camt(data, name)}
    assert len(read) >= 24
    assert sum(len(statement.lines) for whole in read.values() for statement in whole.statements) > 30


class _Calls:
    """Unpacked by who trusts it, this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def test_what_the_process_says_can_be_a_message_and_cannot_call_anything(tmp_path: Path) -> None:
    packed = pickle.dumps(_Calls(tmp_path / "made"))
    with pytest.raises(pickle.UnpicklingError, match="no part of a message"):
        ahead._Messages(io.BytesIO(packed)).load()
    assert not (tmp_path / "made").exists()
    pickle.loads(packed)
    assert (tmp_path / "made").exists(), "the control"
    odd = camt053([Move(100, "a", ref="R1")]).replace(b"<Amt Ccy='EUR'>1.00", b"<Amt Ccy='EUR'>x")
    for message in messages(in_chunks(together(camt053([Move(100, "a", ref="R1")]), odd), CHUNK_BYTES), NAME):
        assert ahead._Messages(io.BytesIO(pickle.dumps(message))).load() == message
