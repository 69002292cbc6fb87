"""Finding the cases each line may belong to: all texts are searched first, then the database is asked once per kind of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper
from rapidfuzz.distance import Levenshtein

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.models import Case, CaseDebtor
from kulanz.frames import copy_frame
from kulanz.payments.rules.match import Candidate, Money, Number, OpenClaim, judge, name_likeness
from kulanz.payments.rules.numbers import Shapes, numbers_in
from kulanz.payments.rules.references import references_in
from kulanz.payments.rules.text import SEPARATORS, compact, fold_name, squeeze

_BLOCK_MAX: Final = 200
_NAME_IN_BLOCK_MIN: Final = 70
_ALONE_IN_BLOCK_MAX: Final = 3
_TYPO_LENGTH_MIN: Final = 5
_STRONGEST: Final = {how: rank for rank, how in enumerate(Number)}


@dataclass(frozen=True, slots=True)
class Pending:
    """An incoming line that looks for its case. ``day`` is the day it counts as paid; ``creditor_ids`` whose account it reached."""

    line_id: int
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
        return Money(self.amount_cents, self.currency, self.payer, self.on_behalf_of)


@dataclass(slots=True)
class _Evidence:
    """What was found about one case for one line."""

    case_number: Number | None = None
    claim_numbers: dict[int, Number] = field(default_factory=dict)
    iban_known: bool = False


_Found = dict[int, dict[int, _Evidence]]


def find_candidates(cursor: CursorWrapper, lines: Sequence[Pending], *, today: date) -> dict[int, list[Candidate]]:
    """The candidates of each line by its id. ``today`` bounds the day on which amounts are taken for invoices issued after the payment."""
    if not lines:
        return {}
    found: _Found = defaultdict(lambda: defaultdict(_Evidence))
    _by_number(cursor, lines, found)
    _by_iban(cursor, lines, found)
    candidates = _with_facts(lines, found, today)
    # A number may be mistyped and name somebody else. Where neither amount nor payer bear it out, the real payer is looked for as well.
    doubtful = [line for line in lines if not any(judge(line.money, one).safe for one in candidates.get(line.line_id, ()))]
    _by_amount_and_name(cursor, doubtful, found)
    return candidates | _with_facts(doubtful, found, today)


def _named(evidence: _Evidence) -> bool:
    return evidence.case_number is not None or bool(evidence.claim_numbers)


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
        "SELECT w.line_id, w.how, k.case_id, k.id FROM wanted_numbers w JOIN claims_claim k ON k.creditor_id = w.creditor_id"
        " AND translate(upper(k.external_id), %s, '') = w.token WHERE w.kind = 'invoice'",
        [SEPARATORS],
    )
    for line_id, how, case_id, claim_id in cursor.fetchall():
        numbers = found[line_id][case_id].claim_numbers
        numbers[claim_id] = _stronger(numbers.get(claim_id), Number(how))
    cursor.execute("DROP TABLE wanted_numbers")


def _stronger(known: Number | None, new: Number) -> Number:
    return new if known is None or _STRONGEST[new] < _STRONGEST[known] else known


def _shapes(cursor: CursorWrapper, creditor_ids: Iterable[int]) -> dict[int, Shapes]:
    """The shapes of each creditor's invoice numbers, digits as 9 and letters as A."""
    cursor.execute(
        "SELECT DISTINCT creditor_id, translate(translate(upper(external_id), %s, ''), '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZ',"
        " '9999999999AAAAAAAAAAAAAAAAAAAAAAAAA') FROM claims_claim WHERE creditor_id = ANY(%s)",
        [SEPARATORS, sorted(creditor_ids)],
    )
    shapes: dict[int, list[str]] = defaultdict(list)
    for creditor_id, shape in cursor.fetchall():
        if set(shape) <= {"9", "A"}:
            shapes[creditor_id].append(shape)
    return {creditor_id: Shapes.of(known) for creditor_id, known in shapes.items()}


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
    """Cases that were paid from the same account before: learned from every line that was booked."""
    with_iban = [line for line in lines if line.payer_iban]
    cursor.execute(
        "SELECT DISTINCT w.line_id, l.case_id FROM unnest(%s::bigint[], %s::text[]) AS w(line_id, iban)"
        " JOIN payments_bankline l ON l.counterparty_iban = w.iban AND l.case_id IS NOT NULL AND l.state = 'booked'"
        " JOIN payments_bankline own ON own.id = w.line_id AND own.account_iban = l.account_iban",
        [[line.line_id for line in with_iban], [line.payer_iban for line in with_iban]],
    )
    for line_id, case_id in cursor.fetchall():
        found[line_id][case_id].iban_known = True


def _by_amount_and_name(cursor: CursorWrapper, lines: Sequence[Pending], found: _Found) -> None:
    """Lines whose number is missing or not borne out: open cases of a debtor with the payer's name, or with an invoice of this amount.

    Of the cases that share only the amount, those with a similar name stay; all of them only if they are very few.
    """
    if not lines:
        return
    rows = [(line.line_id, creditor, line.amount_cents, line.currency) for line in lines for creditor in line.creditor_ids]
    names = [(line.line_id, creditor, key) for line in lines for creditor in line.creditor_ids for key in _sort_keys(line)]
    cursor.execute(
        "CREATE TEMP TABLE wanted_amounts (line_id bigint, creditor_id bigint, amount_cents bigint, currency text) ON COMMIT DROP;"
        "CREATE TEMP TABLE wanted_names (line_id bigint, creditor_id bigint, sort_key text) ON COMMIT DROP"
    )
    ids = {"line_id": pl.Int64, "creditor_id": pl.Int64}
    copy_frame(cursor, "wanted_amounts", pl.DataFrame(rows, {**ids, "amount_cents": pl.Int64, "currency": pl.String}, orient="row"))
    copy_frame(cursor, "wanted_names", pl.DataFrame(names, {**ids, "sort_key": pl.String}, orient="row"))
    cursor.execute("ANALYZE wanted_amounts; ANALYZE wanted_names")
    cursor.execute(_BLOCK, [_BLOCK_MAX])
    by_id = {line.line_id: line for line in lines}
    similar: dict[int, set[int]] = defaultdict(set)
    others: dict[int, set[int]] = defaultdict(set)
    for line_id, case_id, person, company, how in cursor.fetchall():
        line = by_id[line_id]
        alike = how == "name" or name_likeness((line.payer, line.on_behalf_of), (person, company)) >= _NAME_IN_BLOCK_MIN
        (similar if alike else others)[line_id].add(case_id)
    for line in lines:
        few = others[line.line_id] if len(others[line.line_id] | similar[line.line_id]) <= _ALONE_IN_BLOCK_MAX else set()
        for case_id in similar[line.line_id] | few:
            found[line.line_id][case_id]
    cursor.execute("DROP TABLE wanted_amounts; DROP TABLE wanted_names")


_BLOCK: Final = """
    SELECT b.line_id, b.case_id, d.given_name || ' ' || d.family_name, d.company_name, b.how FROM (
      SELECT line_id, case_id, 'amount' AS how FROM (
        SELECT w.line_id, k.case_id, row_number() OVER (PARTITION BY w.line_id ORDER BY k.due_on, k.id) AS n
        FROM wanted_amounts w JOIN claims_claim k ON k.creditor_id = w.creditor_id AND k.principal_cents = w.amount_cents
        JOIN claims_case c ON c.id = k.case_id AND c.state = 'open' AND c.currency = w.currency) ranked
      WHERE n <= %s
      UNION SELECT n.line_id, c.id, 'name' FROM wanted_names n
        JOIN claims_debtor d ON d.creditor_id = n.creditor_id AND d.sort_key = n.sort_key
        JOIN claims_casedebtor l ON l.debtor_id = d.id JOIN claims_case c ON c.id = l.case_id AND c.state = 'open'
    ) b JOIN claims_case c ON c.id = b.case_id JOIN claims_debtor d ON d.id = c.debtor_id"""


def _sort_keys(line: Pending) -> set[str]:
    """How the payer's name may stand in a debtor's sort key: as written (companies), or family name first."""
    keys: set[str] = set()
    for name in (line.payer, line.on_behalf_of):
        folded = fold_name(name)
        if folded:
            given, _, family = folded.rpartition(" ")
            keys |= {folded, f"{family} {given}".strip()}
    return keys


def _with_facts(lines: Sequence[Pending], found: _Found, today: date) -> dict[int, list[Candidate]]:
    """Complete the candidates with names and open amounts, read once per day of payment for all its cases."""
    case_ids = {case_id for cases in found.values() for case_id in cases}
    cases = Case.objects.in_bulk(case_ids)
    names: dict[int, list[str]] = defaultdict(list)
    for liable in CaseDebtor.objects.filter(case_id__in=case_ids).select_related("debtor"):
        names[liable.case_id].append(liable.debtor.display_name)
    by_day: dict[date, set[int]] = defaultdict(set)
    for line in lines:
        by_day[min(line.day, today)].update(found.get(line.line_id, {}))
    balances = {day: _open_amounts(wanted, day, today) for day, wanted in by_day.items() if wanted}
    return {
        line.line_id: [
            _candidate(line, cases[case_id], names[case_id], evidence, balances[min(line.day, today)][case_id])
            for case_id, evidence in found[line.line_id].items()
        ]
        for line in lines
        if line.line_id in found
    }


def _open_amounts(case_ids: set[int], day: date, today: date) -> dict[int, list[ClaimBalance]]:
    """Open amounts on the day of payment; someone who paid before the invoice was issued is measured by today's."""
    amounts = open_amounts(sorted(case_ids), day)
    early = [case_id for case_id, claims in amounts.items() if not claims]
    return amounts | open_amounts(early, today) if early else amounts


def _candidate(line: Pending, case: Case, names: Sequence[str], evidence: _Evidence, balances: Sequence[ClaimBalance]) -> Candidate:
    claims = tuple(
        OpenClaim(
            claim_id=balance.claim.id,
            number=balance.claim.external_id,
            total_cents=balance.total_cents,
            principal_cents=balance.principal_cents,
            invoiced_cents=balance.claim.principal_cents if balance.total_cents > 0 else 0,
        )
        for balance in balances
        if balance.total_cents > 0 or balance.claim.id in evidence.claim_numbers
    )
    numbers = dict(evidence.claim_numbers)
    if not _named(evidence):
        numbers |= dict.fromkeys(_with_a_typo(line, claims), Number.INVOICE_TYPO)
    return Candidate(
        case_id=case.id,
        creditor_id=case.creditor_id,
        currency=case.currency,
        reference=case.reference,
        debtor_names=tuple(names),
        claims=claims,
        case_number=evidence.case_number,
        claim_numbers=tuple(sorted(numbers.items())),
        iban_known=evidence.iban_known,
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
