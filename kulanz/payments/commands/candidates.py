"""Finding the cases each line may belong to: all texts are searched first, then the database is asked once per kind of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper
from rapidfuzz.distance import Levenshtein

from kulanz.claims.accounts_frame import open_frame
from kulanz.frames import copy_frame, id_array
from kulanz.payments.rules.match import Candidate, Match, Money, Number, OpenClaim, judge
from kulanz.payments.rules.names import name_keys, name_likeness, words_of_names
from kulanz.payments.rules.numbers import Shapes, numbers_in, words_of
from kulanz.payments.rules.references import references_in
from kulanz.payments.rules.text import SEPARATORS, compact, squeeze

_BLOCK_MAX: Final = 200
_NAME_IN_BLOCK_MIN: Final = 70
_ALONE_IN_BLOCK_MAX: Final = 3
_CASES_OF_PAYER_MAX: Final = 20
"""An account that paid for more cases than this belongs to an office or a service: alone it does not say whose money it is."""
_TYPO_LENGTH_MIN: Final = 5
_STRONGEST: Final = {how: rank for rank, how in enumerate(Number)}


@dataclass(frozen=True, slots=True)
class Pending:
    """An incoming line that looks for its case. ``day`` is the day it counts as paid; ``creditor_ids`` whose account it reached."""

    line_id: int
    account: str
    creditor_ids: tuple[int, ...]
    day: date
    amount_cents: int
    currency: str
    purpose: str
    end_to_end_id: str
    payer: str
    on_behalf_of: str
    payer_iban: str

    @property
    def money(self) -> Money:
        """What of the line matters for weighing a candidate."""
        return Money(self.amount_cents, self.currency, self.payer, self.on_behalf_of, self.purpose)


@dataclass(slots=True)
class _Evidence:
    """What was found about one case for one line."""

    case_number: Number | None = None
    claim_numbers: dict[int, Number] = field(default_factory=dict)
    iban_known: bool = False
    customer_number: bool = False


_Found = dict[int, dict[int, _Evidence]]


def find_candidates(
    cursor: CursorWrapper, lines: Sequence[Pending], *, today: date
) -> tuple[dict[int, list[Candidate]], dict[int, list[Match]]]:
    """The candidates of each line by its id, and how each weighs (`judge`), in the same order.

    ``today`` bounds the day on which amounts are taken for invoices issued after the payment.
    """
    if not lines:
        return {}, {}
    found: _Found = defaultdict(lambda: defaultdict(_Evidence))
    _by_number(cursor, lines, found)
    _by_iban(cursor, lines, found)
    known = _Known(cursor, today)
    candidates = known.candidates(lines, found)
    # A number may be mistyped and name somebody else. Where the payer does not bear it out, the real one is looked for as well.
    judged = _judged(lines, candidates)
    doubtful = [line for line in lines if not any(match.settled for match in judged[line.line_id])]
    _by_customer_number(cursor, doubtful, found)
    unsure = {line.line_id for line in doubtful if not any(match.safe for match in judged[line.line_id])}
    _by_amount_and_name(cursor, doubtful, unsure, found)
    again = known.candidates(doubtful, found)
    return candidates | again, judged | _judged(doubtful, again)


def _judged(lines: Sequence[Pending], candidates: Mapping[int, Sequence[Candidate]]) -> dict[int, list[Match]]:
    """How the candidates of each line weigh."""
    judged = {}
    for line in lines:
        money = line.money
        judged[line.line_id] = [judge(money, one) for one in candidates.get(line.line_id, ())]
    return judged


def _named(evidence: _Evidence) -> bool:
    return evidence.case_number is not None or bool(evidence.claim_numbers)


_SQUEEZED: Final = "translate(upper(k.external_id), %(separators)s, '')"
_SHAPE: Final = f"translate({_SQUEEZED}, '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ', '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA')"
"""How the index of migration 0003 holds a creditor's numbers: by their shape, then without separators."""


def _by_number(cursor: CursorWrapper, lines: Sequence[Pending], found: _Found) -> None:
    """Case references and invoice numbers: one query for each, over all lines at once."""
    shapes = _shapes(cursor, {creditor for line in lines for creditor in line.creditor_ids})
    wanted = pl.DataFrame(
        [row for line in lines for row in _tokens(line, shapes)],
        schema={"line_id": pl.Int64, "creditor_id": pl.Int64, "kind": pl.String, "token": pl.String, "how": pl.String},
        orient="row",
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


def _by_iban(cursor: CursorWrapper, lines: Sequence[Pending], found: _Found) -> None:
    """Cases that were paid from the same account before, learned from every line that was booked.

    Of an account that paid for many cases, only those count that the line names by a number.
    """
    rows = [(line.line_id, line.account, line.payer_iban, None) for line in lines if line.payer_iban]
    named = [
        (line.line_id, line.account, line.payer_iban, case_id)
        for line in lines
        if line.payer_iban and line.line_id in found
        for case_id in found[line.line_id]
    ]
    schema = {"line_id": pl.Int64, "account": pl.String, "iban": pl.String, "case_id": pl.Int64}
    cursor.execute("CREATE TEMP TABLE wanted_payers (line_id bigint, account text, iban text, case_id bigint) ON COMMIT DROP")
    copy_frame(cursor, "wanted_payers", pl.DataFrame(rows + named, schema, orient="row"))
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


def _by_customer_number(cursor: CursorWrapper, lines: Sequence[Pending], found: _Found) -> None:
    """Cases of the debtor whose number at the creditor stands in the text as a word of its own."""
    words = [(line.line_id, creditor, word) for line in lines for word in words_of(line.purpose) for creditor in line.creditor_ids]
    if not words:
        return
    line_ids, creditors, numbers = zip(*words, strict=True)
    cursor.execute(
        "SELECT DISTINCT w.line_id, c.id FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS w(line_id, creditor_id, number)"
        " JOIN claims_debtor d ON d.creditor_id = w.creditor_id AND d.external_id = w.number"
        " JOIN claims_casedebtor l ON l.debtor_id = d.id JOIN claims_case c ON c.id = l.case_id AND c.state = 'open'",
        [list(line_ids), list(creditors), list(numbers)],
    )
    for line_id, case_id in cursor.fetchall():
        found[line_id][case_id].customer_number = True


def _by_amount_and_name(cursor: CursorWrapper, lines: Sequence[Pending], unsure: Collection[int], found: _Found) -> None:
    """Lines whose number is missing or not borne out: open cases of a debtor with the payer's name, or with an invoice of this amount.

    Of the cases that share only the amount, those with a similar name stay; all of them only if they are very few.
    """
    if not lines:
        return
    similar: dict[int, set[int]] = defaultdict(set)
    others: dict[int, set[int]] = defaultdict(set)
    by_id = {line.line_id: line for line in lines}
    for line_id, case_id, person, company in _cases_of_amount(cursor, lines, unsure):
        line = by_id[line_id]
        alike = name_likeness((line.payer, line.on_behalf_of), (person, company)) >= _NAME_IN_BLOCK_MIN
        (similar if alike else others)[line_id].add(case_id)
    payers = {line.line_id: name_keys((line.payer, line.on_behalf_of), "") for line in lines}
    for line_id, case_id in _cases_of_names(cursor, lines, payers):
        similar[line_id].add(case_id)
    # Somebody else may be named in the text. A text has many words: it is only asked where no number is borne out.
    texts = {line.line_id: name_keys((), line.purpose) for line in lines if line.line_id in unsure}
    for line_id, case_id in _cases_of_names(cursor, [line for line in lines if line.line_id in texts], texts):
        similar[line_id].add(case_id)
    for line in lines:
        few = others[line.line_id] if len(others[line.line_id] | similar[line.line_id]) <= _ALONE_IN_BLOCK_MAX else set()
        for case_id in similar[line.line_id] | few:
            found[line.line_id][case_id]


def _cases_of_amount(cursor: CursorWrapper, lines: Sequence[Pending], unsure: Collection[int]) -> list[tuple[int, int, str, str]]:
    """Line, case, name of the person and of the company: open cases with an invoice of the line's amount, at most `_BLOCK_MAX` a line.

    Of a line that a number already makes sure, only somebody with a name like the payer's could take it away: there the debtor's name must
    share a word with the payer's.
    """
    words = {line.line_id: None if line.line_id in unsure else words_of_names((line.payer, line.on_behalf_of)) for line in lines}
    rows = [
        (line.line_id, creditor, line.amount_cents, line.currency, words[line.line_id]) for line in lines for creditor in line.creditor_ids
    ]
    schema = {"line_id": pl.Int64, "creditor_id": pl.Int64, "amount_cents": pl.Int64, "currency": pl.String, "words": pl.String}
    cursor.execute(
        "CREATE TEMP TABLE wanted_amounts (line_id bigint, creditor_id bigint, amount_cents bigint, currency text, words text)"
        " ON COMMIT DROP"
    )
    copy_frame(cursor, "wanted_amounts", pl.DataFrame(rows, schema, orient="row"))
    cursor.execute("ANALYZE wanted_amounts")
    cursor.execute(_OF_AMOUNT, [_BLOCK_MAX])
    found: list[tuple[int, int, str, str]] = cursor.fetchall()
    cursor.execute("DROP TABLE wanted_amounts")
    return found


_OF_AMOUNT: Final = """
    SELECT DISTINCT r.line_id, r.case_id, d.given_name || ' ' || d.family_name, d.company_name FROM (
      SELECT w.line_id, w.words, k.case_id, c.debtor_id, row_number() OVER (PARTITION BY w.line_id ORDER BY k.due_on, k.id) AS n
      FROM wanted_amounts w JOIN claims_claim k ON k.creditor_id = w.creditor_id AND k.principal_cents = w.amount_cents
      JOIN claims_case c ON c.id = k.case_id AND c.state = 'open' AND c.currency = w.currency) r
    JOIN claims_debtor d ON d.id = r.debtor_id
    WHERE r.n <= %s
      AND (r.words IS NULL OR string_to_array(r.words, ' ') && string_to_array(translate(d.sort_key, '-.,&/', '     '), ' '))"""


def _cases_of_names(cursor: CursorWrapper, lines: Sequence[Pending], keys: Mapping[int, set[str]]) -> list[tuple[int, int]]:
    """Line and case: open cases of debtors who are kept under one of these names."""
    rows = [(line.line_id, creditor, key) for line in lines for key in keys[line.line_id] for creditor in line.creditor_ids]
    if not rows:
        return []
    cursor.execute("CREATE TEMP TABLE wanted_names (line_id bigint, creditor_id bigint, name text) ON COMMIT DROP")
    copy_frame(cursor, "wanted_names", pl.DataFrame(rows, {"line_id": pl.Int64, "creditor_id": pl.Int64, "name": pl.String}, orient="row"))
    cursor.execute("ANALYZE wanted_names")
    cursor.execute(_OF_NAME)
    found: list[tuple[int, int]] = cursor.fetchall()
    cursor.execute("DROP TABLE wanted_names")
    return found


# The sort key as the index `payments_debtor_words` holds it. Each name is looked up once, however many lines bring it; the limit keeps
# the look-up one by one, and a name that this many people bear says nothing anyway.
_OF_NAME: Final = """
    WITH asked AS MATERIALIZED (SELECT DISTINCT creditor_id, name FROM wanted_names),
    debtor AS MATERIALIZED (
      SELECT a.creditor_id, a.name, d.id FROM asked a CROSS JOIN LATERAL (
        SELECT d.id FROM claims_debtor d
        WHERE d.creditor_id = a.creditor_id AND btrim(regexp_replace(d.sort_key, '[^a-z0-9]+', ' ', 'g')) = a.name
        LIMIT 100) d)
    SELECT DISTINCT n.line_id, c.id FROM debtor d JOIN wanted_names n ON n.creditor_id = d.creditor_id AND n.name = d.name
    JOIN claims_casedebtor l ON l.debtor_id = d.id JOIN claims_case c ON c.id = l.case_id AND c.state = 'open'"""


_CASES: Final = """
    SELECT c.id, c.creditor_id, c.currency, c.reference, array_agg(CASE WHEN d.kind = 'company' THEN d.company_name
      ELSE concat_ws(' ', nullif(d.title, ''), nullif(d.given_name, ''), nullif(d.family_name, '')) END ORDER BY l.id)
    FROM unnest(%s::bigint[]) AS w(id) JOIN claims_case c ON c.id = w.id
    JOIN claims_casedebtor l ON l.case_id = c.id JOIN claims_debtor d ON d.id = l.debtor_id
    GROUP BY c.id"""


class _Known:
    """What is known about the cases that occur: who owes, what is open on the day of payment. Each is read once."""

    def __init__(self, cursor: CursorWrapper, today: date) -> None:
        self.cursor, self.today = cursor, today
        self.cases: dict[int, tuple[int, str, str, tuple[str, ...]]] = {}
        self.open: dict[tuple[int, date], list[OpenClaim]] = {}

    def candidates(self, lines: Sequence[Pending], found: _Found) -> dict[int, list[Candidate]]:
        """Complete what was found with names and open amounts."""
        asked = [line for line in lines if line.line_id in found]
        self._read_cases({case_id for line in asked for case_id in found[line.line_id]})
        self._read_amounts({(case_id, min(line.day, self.today)) for line in asked for case_id in found[line.line_id]})
        return {
            line.line_id: [self._candidate(line, case_id, evidence) for case_id, evidence in found[line.line_id].items()] for line in asked
        }

    def _read_cases(self, case_ids: set[int]) -> None:
        self.cursor.execute(_CASES, [id_array(sorted(case_ids - self.cases.keys()))])
        for case_id, creditor_id, currency, reference, names in self.cursor.fetchall():
            self.cases[case_id] = (creditor_id, currency, reference, tuple(names))

    def _read_amounts(self, wanted: set[tuple[int, date]]) -> None:
        """Open amounts on the day of payment; someone who paid before the invoice was issued is measured by today's."""
        missing = wanted - self.open.keys()
        read = self._open_on(missing)
        early = {(case_id, day) for case_id, day in missing if (case_id, day) not in read}
        today = self._open_on({(case_id, self.today) for case_id, _ in early})
        self.open |= read | {(case_id, day): today.get((case_id, self.today), []) for case_id, day in early}

    def _open_on(self, wanted: set[tuple[int, date]]) -> dict[tuple[int, date], list[OpenClaim]]:
        if not wanted:
            return {}
        days = pl.DataFrame(sorted(wanted), schema={"case_id": pl.Int64, "day": pl.Date}, orient="row")
        claims: dict[tuple[int, date], list[OpenClaim]] = defaultdict(list)
        for case_id, day, claim_id, number, invoiced, principal, total in open_frame(self.cursor, days).iter_rows():
            claims[case_id, day].append(OpenClaim(claim_id, number, total, principal, invoiced if total > 0 else 0))
        return claims

    def _candidate(self, line: Pending, case_id: int, evidence: _Evidence) -> Candidate:
        creditor_id, currency, reference, names = self.cases[case_id]
        claims = tuple(
            claim
            for claim in self.open[case_id, min(line.day, self.today)]
            if claim.total_cents > 0 or claim.claim_id in evidence.claim_numbers
        )
        numbers = dict(evidence.claim_numbers)
        if not _named(evidence):
            numbers |= dict.fromkeys(_with_a_typo(line, claims), Number.INVOICE_TYPO)
        return Candidate(
            case_id=case_id,
            creditor_id=creditor_id,
            currency=currency,
            reference=reference,
            debtor_names=names,
            claims=claims,
            case_number=evidence.case_number,
            claim_numbers=tuple(sorted(numbers.items())),
            iban_known=evidence.iban_known,
            customer_number=evidence.customer_number,
        )


def _with_a_typo(line: Pending, claims: Sequence[OpenClaim]) -> list[int]:
    """Claims of this candidate whose number stands in the text with one slip: only ever asked inside a block of few candidates."""
    text = squeeze(line.purpose).text
    return [claim.claim_id for claim in claims if _nearly_inside(compact(claim.number), text)]


def _nearly_inside(number: str, text: str) -> bool:
    length = len(number)
    if length < _TYPO_LENGTH_MIN:
        return False
    return any(
        Levenshtein.distance(number, text[start : start + size], score_cutoff=1) <= 1
        for size in (length, length - 1, length + 1)
        for start in range(max(0, len(text) - size + 1))
    )
