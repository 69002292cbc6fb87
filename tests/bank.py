"""Small bank files for tests: a camt.053 or MT940 from a list of movements, with balances that tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

ACCOUNT = "DE89370400440532013000"


@dataclass(frozen=True, slots=True)
class Move:
    """One movement to be: signed cents, text, payer; ``ref`` is the bank's own reference."""

    amount_cents: int
    purpose: str = ""
    payer: str = ""
    iban: str = ""
    end_to_end: str = ""
    ref: str = ""
    on: date = date(2026, 2, 20)


def _money(cents: int, point: str) -> str:
    return f"{abs(cents) // 100}{point}{abs(cents) % 100:02d}"


def camt053(
    moves: Sequence[Move],
    *,
    account: str = ACCOUNT,
    opening_cents: int = 0,
    closing_cents: int | None = None,
    number: int | str = 1,
    page: int = 0,
    currency: str = "EUR",
) -> bytes:
    """A camt.053.001.08 of one statement."""
    closing = opening_cents + sum(move.amount_cents for move in moves) if closing_cents is None else closing_cents
    days = [move.on for move in moves] or [date(2026, 2, 20)]
    entries = "".join(_entry(move, currency) for move in moves)
    paging = f"<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>" if page else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt>'
        f"<Id>S{number}</Id>{paging}{f'<ElctrncSeqNb>{number}</ElctrncSeqNb>' if number else ''}<CreDtTm>2026-02-20T20:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        + _balance("OPBD", opening_cents, min(days), currency)
        + _balance("CLBD", closing, max(days), currency)
        + entries
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, cents: int, day: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{_money(cents, '.')}</Amt>"
        f"<CdtDbtInd>{'DBIT' if cents < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(move: Move, currency: str) -> str:
    side, party = ("DBIT", "Cdtr") if move.amount_cents < 0 else ("CRDT", "Dbtr")
    ref = f"<AcctSvcrRef>{move.ref}</AcctSvcrRef>" if move.ref else ""
    name = f"<{party}><Pty><Nm>{escape(move.payer)}</Nm></Pty></{party}>" if move.payer else ""
    iban = f"<{party}Acct><Id><IBAN>{move.iban}</IBAN></Id></{party}Acct>" if move.iban else ""
    return (
        f"<Ntry><Amt Ccy='{currency}'>{_money(move.amount_cents, '.')}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{move.on}</Dt></BookgDt><ValDt><Dt>{move.on}</Dt></ValDt>{ref}<NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{escape(move.end_to_end) or 'NOTPROVIDED'}</EndToEndId></Refs><RltdPties>{name}{iban}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(move.purpose)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def mt940(
    moves: Sequence[Move], *, account: str = "37040044/532013000", opening_cents: int = 0, number: int = 1, sequence: int = 1
) -> bytes:
    """An MT940 of one statement with German subfields."""
    closing = opening_cents + sum(move.amount_cents for move in moves)
    days = [move.on for move in moves] or [date(2026, 2, 20)]
    rows = [":20:STARTUMS", f":25:{account}", f":28C:{number:05d}/{sequence:03d}", f":60F:{_mt_balance(opening_cents, min(days))}"]
    for move in moves:
        mark = "D" if move.amount_cents < 0 else "C"
        ref = f"//{move.ref}" if move.ref else ""
        rows.append(f":61:{move.on:%y%m%d}{move.on:%m%d}{mark}R{_money(move.amount_cents, ',')}NTRFNONREF{ref}")
        pieces = [move.purpose[i : i + 27] for i in range(0, len(move.purpose), 27)][:10]
        text = "".join(f"?2{n}{piece}" for n, piece in enumerate(pieces))
        rows.append(f":86:166?00GUTSCHRIFT{text}?31{move.iban}?32{move.payer[:27]}?33{move.payer[27:54]}")
    rows += [f":62F:{_mt_balance(closing, max(days))}", "-"]
    return "\r\n".join(rows).encode()


def _mt_balance(cents: int, day: date) -> str:
    return f"{'D' if cents < 0 else 'C'}{day:%y%m%d}EUR{_money(cents, ',')}"


def together(*files: bytes) -> bytes:
    """The statements (and reports) of several camt files in one."""
    bodies = [file[file.index(b"</GrpHdr>") + 9 : file.rindex(b"</BkToCstmr")] for file in files]
    first = files[0]
    return first[: first.index(b"</GrpHdr>") + 9] + b"".join(bodies) + first[first.rindex(b"</BkToCstmr") :]


def intraday(file: bytes) -> bytes:
    """The statement of a camt file as a report of the day, which has no balances to tie."""
    return file.replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt").replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>")
