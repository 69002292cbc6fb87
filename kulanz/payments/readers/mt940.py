"""MT940 and MT942: fields with their line numbers first, then statements. Each `:61:` becomes a line or a problem; none is lost.

Own scanner instead of a library, because the line number of a problem matters, because a wrapped text line such as ``:25:11 Uhr`` inside
`:86:` must not end the field, and because nothing may be cut or overwritten; the tests hold it against an independent library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kulanz.payments.readers.mt940_details import details_of, non_swift_details
from kulanz.payments.readers.mt940_fields import Balance, Movement, account_of, balance_of, movement_of, totals_of
from kulanz.payments.readers.shape import (
    ENTRIES_MAX,
    STATEMENTS_MAX,
    TOO_MANY,
    ParsedFile,
    ParsedStatement,
    Problem,
    StatementLine,
    clean,
    euros,
)

_FIELD: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_END: Final = re.compile(r"-(\}.*)?", re.DOTALL)
_ROW: Final = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_LINE_LENGTH_MAX: Final = 20_000
_BYTES_MAX: Final = 32 * 1024 * 1024
_PROBLEMS_MAX: Final = 1_000
_HEADER: Final = frozenset({"20", "21", "25", "25P", "28", "28C", "34F", "13", "13D", "60", "60F", "60M"})
_AFTER_TEXT: Final = {
    "61": re.compile(r"[0-9]{6}"),
    "62": re.compile(r"[CD][0-9]{6}"),
    "62F": re.compile(r"[CD][0-9]{6}"),
    "62M": re.compile(r"[CD][0-9]{6}"),
    "64": re.compile(r"[CD][0-9]{6}"),
    "65": re.compile(r"[CD][0-9]{6}"),
    "86": re.compile(r""),
    "NS": re.compile(r""),
    "90C": re.compile(r"[0-9]"),
    "90D": re.compile(r"[0-9]"),
    "20": re.compile(r"."),
}
"""Fields that may follow a text field, and how they begin; anything else there is wrapped text that happens to look like a field."""


@dataclass(slots=True)
class _Field:
    tag: str
    text: list[str]
    line: int


@dataclass(slots=True)
class _Movement:
    """A movement with the rows of text that follow it."""

    movement: Movement
    line: int
    text: list[str] = field(default_factory=list)
    non_swift: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A statement while it is being read."""

    line: int
    account: str = ""
    number: str = ""
    sequence: str = ""
    currency: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    intraday: bool = False
    movements: list[_Movement] = field(default_factory=list)
    totals: list[tuple[int, int, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    entries: int = 0
    closed: bool = False


def read_mt940(data: bytes, name: str) -> ParsedFile:
    """Read one file of any number of statements.

    >>> head = b":20:S\\n:25:10020030/1234567\\n:28C:7/1\\n:60F:C260105EUR10,00\\n"
    >>> body = b":61:2601060106CR5,50NTRFNONREF\\n:86:166?20RE 4711\\n:62F:C260106EUR15,50\\n-"
    >>> [statement] = read_mt940(head + body, "a.sta").statements
    >>> statement.number, statement.opening_cents, statement.lines[0].amount_cents, statement.lines[0].purpose
    ('7', 1000, 550, 'RE 4711')
    """
    problems: list[Problem] = []
    drafts: list[_Draft] = []
    draft: _Draft | None = None
    if len(data) > _BYTES_MAX:
        problems.append(Problem(name, 0, "Die Datei ist größer als 32 MB. Bitte einen kürzeren Zeitraum laden.", "statement_too_large"))
        return ParsedFile(name, "mt940", (), tuple(problems))
    entries = 0
    for item in _fields(_decode(data), name, problems):
        entries += item.tag == "61"
        if entries > ENTRIES_MAX or len(drafts) > STATEMENTS_MAX or len(problems) > _PROBLEMS_MAX:
            return ParsedFile(name, "mt940", (), (Problem(name, item.line, TOO_MANY, "statement_too_large"),))
        if draft is None or item.tag == "20" or (draft.closed and item.tag in _HEADER):
            draft = _Draft(item.line)
            drafts.append(draft)
        _take(draft, item, name)
    statements = tuple(_finish(draft, name) for draft in drafts)
    if not statements and not problems:
        problems.append(Problem(name, 0, "Die Datei enthält keine MT940-Felder.", "statement_empty"))
    return ParsedFile(name, "mt942" if statements and all(s.intraday for s in statements) else "mt940", statements, tuple(problems))


def _decode(data: bytes) -> str:
    """UTF-8 where it is valid, else Windows-1252 as German banks write it, else byte for byte: every byte sequence gives text."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _fields(text: str, name: str, problems: list[Problem]) -> Iterator[_Field]:
    """Split into fields. Envelope blocks (`{1:…}{4:`) and end marks (`-`, `-}`) close the field before them."""
    current: _Field | None = None
    among_movements = False
    for number, written_row in enumerate(_ROW.finditer(text), start=1):
        row = written_row[1].strip("\x00\x01\x02\x03\x1a")
        if len(row) > _LINE_LENGTH_MAX:
            problems.append(Problem(name, number, f"Die Zeile ist länger als {_LINE_LENGTH_MAX} Zeichen.", "statement_line_too_long"))
            continue
        if row.startswith("{"):
            row = row.partition("{4:")[2]
        written = _FIELD.match(row)
        if written and not (current and among_movements and _is_wrapped_text(current.tag, written, text, written_row.end())):
            if current:
                yield current
            among_movements = written[1] == "61" or (among_movements and written[1] in {"86", "NS"})
            current = _Field(written[1], [written[2]], number)
        elif _END.fullmatch(row.rstrip()):
            if current:
                yield current
            current = None
            yield _Field("-", [], number)
        elif current and row.strip():
            current.text.append(row)
    if current:
        yield current


def _is_wrapped_text(tag: str, written: re.Match[str], text: str, end: int) -> bool:
    """True if a row that looks like a field is the next row of a text field (``:26:37 Fo``, ``:12:11``)."""
    if tag not in {"86", "NS"}:
        return False
    begins = _AFTER_TEXT.get(written[1])
    if begins is None or not begins.match(written[2]):
        return True
    following = text[end : end + 200].lstrip()
    return written[1] == "20" and not following.startswith((":21", ":25", ":28", ":13", ":60", ":34"))


def _take(draft: _Draft, item: _Field, name: str) -> None:
    text = item.text[0].strip() if item.text else ""
    match item.tag:
        case "-":
            draft.closed = True
        case "25" | "25P" | "28" | "28C" | "60" | "60F" | "60M" if draft.movements:
            reason = f"Das Feld :{item.tag}: steht mitten in den Umsätzen."
            draft.problems.append(Problem(name, item.line, reason, "statement_misplaced_field"))
        case "25" | "25P":
            draft.account, draft.currency = account_of(text)
        case "28" | "28C":
            number, _, sequence = text.partition("/")
            draft.number, draft.sequence = number.strip().lstrip("0")[:60], sequence.strip().lstrip("0")[:60]
        case "13" | "13D" | "34F" | "90C" | "90D":
            _take_intraday(draft, item.tag, text)
        case "60" | "60F" | "60M" | "62" | "62F" | "62M":
            _take_balance(draft, item, text, name)
        case "61":
            _take_movement(draft, item, name)
        case "86" | "NS" if draft.movements and draft.closing is None:
            latest = draft.movements[-1]
            (latest.text if item.tag == "86" else latest.non_swift).extend(item.text)
        case _:
            return  # :20:, :21:, :64:, :65: and the bank's own fields say nothing about movements


def _take_intraday(draft: _Draft, tag: str, text: str) -> None:
    draft.intraday = True
    if tag == "34F":
        draft.currency = draft.currency or text[:3]
    elif tag in {"90C", "90D"} and (totals := totals_of(text)) is not None:
        count, currency, cents = totals
        draft.currency = draft.currency or currency
        draft.totals.append((count, cents if tag == "90C" else -cents, 1 if tag == "90C" else -1))


def _take_balance(draft: _Draft, item: _Field, text: str, name: str) -> None:
    balance = balance_of(text)
    opening = item.tag.startswith("60")
    if balance is None:
        what = "Anfangssaldo" if opening else "Endsaldo"
        reason = f"Der {what} (:{item.tag}:) „{text[:40]}“ ist nicht lesbar."
        draft.problems.append(Problem(name, item.line, reason, "statement_unreadable_balance"))
    elif opening:
        draft.opening = draft.opening or balance
        draft.currency = draft.currency or balance.currency
    else:
        draft.closing = balance
        draft.currency = draft.currency or balance.currency


def _take_movement(draft: _Draft, item: _Field, name: str) -> None:
    draft.entries += 1
    movement = movement_of(item.text)
    if isinstance(movement, str):
        draft.problems.append(Problem(name, item.line, f"Umsatz {draft.entries}: {movement}", "statement_unreadable_entry"))
    else:
        draft.movements.append(_Movement(movement, item.line))


def _finish(draft: _Draft, name: str) -> ParsedStatement:
    opening, closing = draft.opening, draft.closing
    currency = opening.currency if opening else draft.currency
    problems = list(draft.problems)
    if (opening is None) != (closing is None):
        what = "Anfangssaldo" if opening is None else "Endsaldo"
        problems.append(Problem(name, draft.line, f"Der {what} fehlt: Der Auszug ist unvollständig.", "statement_incomplete"))
    if opening and closing and opening.currency != closing.currency:
        reason = f"Der Anfangssaldo steht in {opening.currency}, der Endsaldo in {closing.currency}."
        problems.append(Problem(name, draft.line, reason, "statement_mixed_currency"))
    lines = tuple(_line(item, currency) for item in draft.movements)
    problems += _totals_note(draft, lines, name)
    days = [line.booked_on for line in lines]
    return ParsedStatement(
        account=draft.account,
        number=draft.number,
        sequence=draft.sequence,
        currency=currency,
        opening_cents=opening.cents if opening else None,
        closing_cents=closing.cents if closing else None,
        from_on=opening.day if opening else min(days, default=None),
        to_on=closing.day if closing else max(days, default=None),
        intraday=draft.intraday and not (opening and closing),
        entries=draft.entries,
        pending=0,
        lines=lines,
        problems=tuple(problems),
        line=draft.line,
    )


def _line(item: _Movement, currency: str) -> StatementLine:
    movement = item.movement
    details = details_of(item.text) if item.text else non_swift_details(item.non_swift)
    return StatementLine(
        booked_on=movement.booked_on,
        value_on=movement.value_on,
        amount_cents=movement.amount_cents,
        currency=currency,
        purpose=details.purpose or clean(movement.supplementary),
        counterparty_name=details.name,
        counterparty_iban=details.iban,
        end_to_end_id=details.end_to_end_id or movement.customer_ref,
        bank_ref=movement.bank_ref,
        line=item.line,
        on_behalf_of=details.on_behalf_of,
        reversal=movement.reversal,
        return_reason=details.return_reason,
        charges_cents=movement.charges_cents,
        instructed=movement.instructed,
    )


def _totals_note(draft: _Draft, lines: tuple[StatementLine, ...], name: str) -> list[Problem]:
    """MT942 closes with number and sum of its debits and credits; a difference is shown, since intraday files may be cut anywhere."""
    notes = []
    for count, cents, sign in draft.totals:
        mine = [line.amount_cents for line in lines if line.amount_cents * sign > 0]
        if (count, cents) != (len(mine), sum(mine)):
            stated, found = euros(abs(cents), draft.currency), euros(abs(sum(mine)), draft.currency)
            reason = f"Die Bank zählt {count} mit zusammen {stated}, in der Datei stehen {len(mine)} mit zusammen {found}."
            notes.append(Problem(name, draft.line, reason, "statement_totals_differ", refuses=False))
    return notes
