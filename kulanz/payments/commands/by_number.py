"""Cases that a line names: by their reference, an invoice, a customer number, or by the account that paid for them before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from django.db.backends.utils import CursorWrapper

from kulanz.frames import id_array, text_array
from kulanz.payments.commands.evidence import Found, Pending
from kulanz.payments.rules.match import Number
from kulanz.payments.rules.numbers import Shapes, numbers_in, words_of
from kulanz.payments.rules.references import references_in
from kulanz.payments.rules.text import SEPARATORS, Squeezed, squeeze

_CASES_OF_PAYER_MAX: Final = 20
"""An account that paid for more cases than this belongs to an office or a service: alone it does not say whose money it is."""
_STRONGEST: Final = {how: rank for rank, how in enumerate(Number)}

_SQUEEZED: Final = "translate(upper(k.external_id), %(separators)s, '')"
_SHAPE: Final = f"translate({_SQUEEZED}, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"
"""How the index of migration 0003 holds a creditor's numbers: by their shape, then without separators."""


def by_number(cursor: CursorWrapper, lines: Sequence[Pending], found: Found) -> None:
    """Case references and invoice numbers: one query for each, over all lines at once."""
    shapes = _shapes(cursor, {creditor for line in lines for creditor in line.creditor_ids})
    texts = [(line, squeeze(line.end_to_end_id), squeeze(line.purpose)) for line in lines]
    references = [row for each in texts for row in _references(*each)]
    cursor.execute(_BY_REFERENCE, _columns(references))
    for line_id, how, case_id in cursor.fetchall():
        evidence = found[line_id][case_id]
        evidence.case_number = _stronger(evidence.case_number, Number(how))
    numbers = [row for each in texts for row in _numbers(*each, shapes)]
    cursor.execute(_BY_INVOICE, _columns(numbers) | {"separators": SEPARATORS})
    for line_id, how, case_id, claim_id in cursor.fetchall():
        named = found[line_id][case_id].claim_numbers
        named[claim_id] = _stronger(named.get(claim_id), Number(how))


_BY_REFERENCE: Final = """
    SELECT w.line_id, w.how, c.id
    FROM unnest(%(lines)s::bigint[], %(creditors)s::bigint[], %(tokens)s::text[], %(hows)s::text[]) AS w(line_id, creditor_id, token, how)
    JOIN claims_case c ON c.reference = w.token AND c.creditor_id = w.creditor_id"""
_BY_INVOICE: Final = f"""
    SELECT w.line_id, w.how, k.case_id, k.id
    FROM unnest(%(lines)s::bigint[], %(creditors)s::bigint[], %(tokens)s::text[], %(hows)s::text[]) AS w(line_id, creditor_id, token, how)
    JOIN claims_claim k ON k.creditor_id = w.creditor_id AND {_SQUEEZED} = w.token
      AND {_SHAPE} = translate(w.token, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"""  # noqa: S608  (the index's own expressions, defined above; values are parameters)

_Token: TypeAlias = tuple[int, int, str, str]
"""Line, creditor, what could be a number of ours, and how it is written."""


def _columns(tokens: Sequence[_Token]) -> dict[str, str]:
    lines, creditors, texts, hows = zip(*tokens, strict=True) if tokens else ((), (), (), ())
    return {"lines": id_array(lines), "creditors": id_array(creditors), "tokens": text_array(texts), "hows": text_array(hows)}


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


def _references(line: Pending, end_to_end: Squeezed, purpose: Squeezed) -> list[_Token]:
    """Everything in a line's texts that could be a reference of ours."""
    rows = []
    for text, exact in ((end_to_end, Number.END_TO_END), (purpose, Number.REFERENCE)):
        for found in references_in(text):
            how = Number.REFERENCE_REPAIRED if found.repaired else exact
            rows += [(line.line_id, creditor, found.reference, how.value) for creditor in line.creditor_ids]
    return rows


def _numbers(line: Pending, end_to_end: Squeezed, purpose: Squeezed, shapes: Mapping[int, Shapes]) -> list[_Token]:
    """Everything that could be an invoice number, per creditor whose account the line reached."""
    rows = []
    for creditor in line.creditor_ids:
        if creditor in shapes:
            for written in numbers_in((end_to_end, purpose), shapes[creditor]):
                how = Number.INVOICE if written.alone else Number.INVOICE_GLUED
                rows.append((line.line_id, creditor, written.number, how.value))
    return rows


def by_iban(cursor: CursorWrapper, lines: Sequence[Pending], found: Found) -> None:
    """Cases that were paid from the same account before, learned from every line that was booked.

    Of an account that paid for many cases, only those count that the line names by a number.
    """
    payers = [line for line in lines if line.payer_iban]
    named = [(line, case_id) for line in payers if line.line_id in found for case_id in found[line.line_id]]
    cursor.execute(
        _PAID_BEFORE,
        {
            "lines": id_array([line.line_id for line in payers] + [line.line_id for line, _ in named]),
            "accounts": text_array([line.account for line in payers] + [line.account for line, _ in named]),
            "ibans": text_array([line.payer_iban for line in payers] + [line.payer_iban for line, _ in named]),
            "cases": id_array(["NULL"] * len(payers) + [case_id for _, case_id in named]),
            "enough": _CASES_OF_PAYER_MAX + 1,
            "most": _CASES_OF_PAYER_MAX,
        },
    )
    for line_id, case_id in cursor.fetchall():
        found[line_id][case_id].iban_known = True


# By payer: any other index (over states, over cases) would be read whole for each, and grows with every line of the file. The additions
# of nothing keep the planner from them, whatever it believes the table holds.
_PAID_BEFORE: Final = """
    WITH wanted_payers AS MATERIALIZED (
      SELECT * FROM unnest(%(lines)s::bigint[], %(accounts)s::text[], %(ibans)s::text[], %(cases)s::bigint[])
        AS w(line_id, account, iban, case_id)),
    payer AS MATERIALIZED (SELECT DISTINCT account, iban FROM wanted_payers),
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
