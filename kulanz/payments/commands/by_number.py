"""Cases that a line names: by their reference, an invoice, a customer number, or by the account that paid for them before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.frames import copy_frame, frame_of, id_array
from kulanz.payments.commands.evidence import Found, Pending
from kulanz.payments.rules.match import Number
from kulanz.payments.rules.numbers import Shapes, numbers_in, words_of
from kulanz.payments.rules.references import references_in
from kulanz.payments.rules.text import SEPARATORS, squeeze

_CASES_OF_PAYER_MAX: Final = 20
"""An account that paid for more cases than this belongs to an office or a service: alone it does not say whose money it is."""
_STRONGEST: Final = {how: rank for rank, how in enumerate(Number)}

_SQUEEZED: Final = "translate(upper(k.external_id), %(separators)s, '')"
_SHAPE: Final = f"translate({_SQUEEZED}, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"
"""How the index of migration 0003 holds a creditor's numbers: by their shape, then without separators."""


def by_number(cursor: CursorWrapper, lines: Sequence[Pending], found: Found) -> None:
    """Case references and invoice numbers: one query for each, over all lines at once."""
    shapes = _shapes(cursor, {creditor for line in lines for creditor in line.creditor_ids})
    wanted = frame_of(
        [row for line in lines for row in _tokens(line, shapes)],
        {"line_id": pl.Int64, "creditor_id": pl.Int64, "kind": pl.String, "token": pl.String, "how": pl.String},
    ).unique(["line_id", "creditor_id", "kind", "token"], keep="first", maintain_order=True)
    cursor.execute("CREATE TEMP TABLE wanted_numbers (line_id bigint, creditor_id bigint, kind text, token text, how text) ON COMMIT DROP")
    copy_frame(cursor, "wanted_numbers", wanted)
    cursor.execute("ANALYZE wanted_numbers")
    cursor.execute(
        "SELECT w.line_id, w.how, c.id FROM wanted_numbers w JOIN claims_case c ON c.reference = w.token AND c.creditor_id = w.creditor_id"
        " WHERE w.kind = 'case'"
    )
    for line_id, how, case_id in cursor.fetchall():
        evidence = found[line_id][case_id]
        evidence.case_number = _stronger(evidence.case_number, Number(how))
    cursor.execute(
        "SELECT w.line_id, w.how, k.case_id, k.id FROM wanted_numbers w JOIN claims_claim k ON k.creditor_id = w.creditor_id"  # noqa: S608  (expressions of this file)
        f" AND {_SHAPE} = translate(w.token, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"
        f" AND {_SQUEEZED} = w.token WHERE w.kind = 'invoice'",
        {"separators": SEPARATORS},
    )
    for line_id, how, case_id, claim_id in cursor.fetchall():
        numbers = found[line_id][case_id].claim_numbers
        numbers[claim_id] = _stronger(numbers.get(claim_id), Number(how))
    cursor.execute("DROP TABLE wanted_numbers")


def _stronger(known: Number | None, new: Number) -> Number:
    return new if known is None or _STRONGEST[new] < _STRONGEST[known] else known


# From one shape to the next in the index: as many steps as there are shapes, not as there are claims.
_NEXT_SHAPE: Final = f"""
    WITH RECURSIVE shape(text) AS (
      (SELECT {_SHAPE} FROM claims_claim k WHERE k.creditor_id = %(creditor)s ORDER BY 1 LIMIT 1)
      UNION ALL
      SELECT (SELECT {_SHAPE} FROM claims_claim k WHERE k.creditor_id = %(creditor)s AND {_SHAPE} > shape.text ORDER BY 1 LIMIT 1)
      FROM shape WHERE shape.text IS NOT NULL)
    SELECT text FROM shape WHERE text IS NOT NULL"""  # noqa: S608  (expressions of this file)


def _shapes(cursor: CursorWrapper, creditor_ids: Iterable[int]) -> dict[int, Shapes]:
    """The shapes of each creditor's invoice numbers, digits as 9 and letters as A."""
    shapes = {}
    for creditor_id in sorted(creditor_ids):
        cursor.execute(_NEXT_SHAPE, {"creditor": creditor_id, "separators": SEPARATORS})
        known = [shape for (shape,) in cursor.fetchall() if set(shape) <= {"9", "A"}]
        if known:
            shapes[creditor_id] = Shapes.of(known)
    return shapes


def _tokens(line: Pending, shapes: Mapping[int, Shapes]) -> list[tuple[int, int, str, str, str]]:
    """Everything in a line's texts that could be a number of ours, per creditor whose account it reached."""
    end_to_end, purpose = squeeze(line.end_to_end_id), squeeze(line.purpose)
    rows = []
    for found in references_in(end_to_end):
        how = Number.REFERENCE_REPAIRED if found.repaired else Number.END_TO_END
        rows += [(line.line_id, creditor, "case", found.reference, how.value) for creditor in line.creditor_ids]
    for found in references_in(purpose):
        how = Number.REFERENCE_REPAIRED if found.repaired else Number.REFERENCE
        rows += [(line.line_id, creditor, "case", found.reference, how.value) for creditor in line.creditor_ids]
    for creditor in line.creditor_ids:
        if creditor in shapes:
            for written in numbers_in([end_to_end, purpose], shapes[creditor]):
                how = Number.INVOICE if written.alone else Number.INVOICE_GLUED
                rows.append((line.line_id, creditor, "invoice", written.number, how.value))
    return rows


def by_iban(cursor: CursorWrapper, lines: Sequence[Pending], found: Found) -> None:
    """Cases that were paid from the same account before, learned from every line that was booked.

    Of an account that paid for many cases, only those count that the line names by a number.
    """
    rows: list[tuple[int, str, str, int | None]] = [
        (line.line_id, line.account, line.payer_iban, None) for line in lines if line.payer_iban
    ]
    rows += [
        (line.line_id, line.account, line.payer_iban, case_id)
        for line in lines
        if line.payer_iban and line.line_id in found
        for case_id in found[line.line_id]
    ]
    schema = {"line_id": pl.Int64, "account": pl.String, "iban": pl.String, "case_id": pl.Int64}
    cursor.execute("CREATE TEMP TABLE wanted_payers (line_id bigint, account text, iban text, case_id bigint) ON COMMIT DROP")
    copy_frame(cursor, "wanted_payers", frame_of(rows, schema))
    cursor.execute("ANALYZE wanted_payers")
    cursor.execute(_PAID_BEFORE, {"enough": _CASES_OF_PAYER_MAX + 1, "most": _CASES_OF_PAYER_MAX})
    for line_id, case_id in cursor.fetchall():
        found[line_id][case_id].iban_known = True
    cursor.execute("DROP TABLE wanted_payers")


# By payer: any other index (over states, over cases) would be read whole for each, and grows with every line of the file. The additions
# of nothing keep the planner from them, whatever it believes the table holds.
_PAID_BEFORE: Final = """
    WITH payer AS MATERIALIZED (SELECT DISTINCT account, iban FROM wanted_payers),
    paid AS MATERIALIZED (
      SELECT p.account, p.iban, array_agg(l.case_id) AS cases FROM payer p CROSS JOIN LATERAL (
        SELECT DISTINCT l.case_id + 0 AS case_id FROM payments_bankline l
        WHERE l.counterparty_iban = p.iban AND l.account_iban = p.account AND l.case_id + 0 IS NOT NULL AND l.state || '' = 'booked'
        LIMIT %(enough)s) l
      GROUP BY p.account, p.iban)
    SELECT w.line_id, c.case_id FROM wanted_payers w JOIN paid USING (account, iban) CROSS JOIN LATERAL unnest(paid.cases) AS c(case_id)
    WHERE w.case_id IS NULL AND cardinality(paid.cases) <= %(most)s
    UNION
    SELECT w.line_id, w.case_id FROM wanted_payers w JOIN paid USING (account, iban)
    WHERE w.case_id IS NOT NULL AND cardinality(paid.cases) > %(most)s AND EXISTS (
      SELECT FROM payments_bankline l WHERE l.counterparty_iban = w.iban AND l.case_id + 0 = w.case_id AND l.account_iban = w.account
        AND l.state || '' = 'booked')"""


def by_customer_number(cursor: CursorWrapper, lines: Sequence[Pending], found: Found) -> set[int]:
    """Cases of the debtor whose number at the creditor stands in the text as a word of its own; returns the lines this says more about."""
    words = [(line.line_id, creditor, word) for line in lines for word in words_of(line.purpose) for creditor in line.creditor_ids]
    if not words:
        return set()
    line_ids, creditors, numbers = zip(*words, strict=True)
    cursor.execute(
        "SELECT DISTINCT w.line_id, c.id FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS w(line_id, creditor_id, number)"
        " JOIN claims_debtor d ON d.creditor_id = w.creditor_id AND d.external_id = w.number"
        " JOIN claims_casedebtor l ON l.debtor_id = d.id JOIN claims_case c ON c.id = l.case_id AND c.state = 'open'",
        [id_array(line_ids), id_array(creditors), list(numbers)],
    )
    rows = cursor.fetchall()
    for line_id, case_id in rows:
        found[line_id][case_id].customer_number = True
    return {line_id for line_id, _ in rows}
