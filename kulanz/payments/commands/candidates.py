"""Finding the cases each line may belong to: all texts are searched first, then the database is asked once per kind of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper
from rapidfuzz.distance import Levenshtein

from kulanz.claims.accounts_frame import open_frame
from kulanz.frames import frame_of, id_array
from kulanz.payments.commands.by_name import by_amount_and_name
from kulanz.payments.commands.by_number import by_customer_number, by_iban, by_number
from kulanz.payments.commands.evidence import Evidence, Found, Pending
from kulanz.payments.rules.match import Candidate, Match, Number, OpenClaim, judge
from kulanz.payments.rules.text import compact, squeeze

_TYPO_LENGTH_MIN: Final = 5


def find_candidates(
    cursor: CursorWrapper, lines: Sequence[Pending], *, today: date
) -> tuple[dict[int, list[Candidate]], dict[int, list[Match]]]:
    """The candidates of each line by its id, and how each weighs (`judge`), in the same order.

    ``today`` bounds the day on which amounts are taken for invoices issued after the payment.
    """
    if not lines:
        return {}, {}
    found: Found = defaultdict(lambda: defaultdict(Evidence))
    by_number(cursor, lines, found)
    by_iban(cursor, lines, found)
    known = _Known(cursor, today)
    candidates = known.candidates(lines, found)
    # A number may be mistyped and name somebody else. Where the payer does not bear it out, the real one is looked for as well.
    judged = _judged(lines, candidates)
    doubtful = [line for line in lines if not any(match.settled for match in judged[line.line_id])]
    unsure = [line for line in doubtful if not any(match.safe for match in judged[line.line_id])]
    more = by_customer_number(cursor, unsure, found)
    more |= by_amount_and_name(cursor, doubtful, {line.line_id for line in unsure}, found)
    changed = [line for line in doubtful if line.line_id in more]
    again = known.candidates(changed, found)
    return candidates | again, judged | _judged(changed, again)


def _judged(lines: Sequence[Pending], candidates: Mapping[int, Sequence[Candidate]]) -> dict[int, list[Match]]:
    """How the candidates of each line weigh."""
    judged = {}
    for line in lines:
        money = line.money
        judged[line.line_id] = [judge(money, one) for one in candidates.get(line.line_id, ())]
    return judged


def _named(evidence: Evidence) -> bool:
    return evidence.case_number is not None or bool(evidence.claim_numbers)


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

    def candidates(self, lines: Sequence[Pending], found: Found) -> dict[int, list[Candidate]]:
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
        days = frame_of(sorted(wanted), {"case_id": pl.Int64, "day": pl.Date})
        claims: dict[tuple[int, date], list[OpenClaim]] = defaultdict(list)
        for case_id, day, claim_id, number, invoiced, principal, total in open_frame(self.cursor, days).iter_rows():
            claims[case_id, day].append(OpenClaim(claim_id, number, total, principal, invoiced if total > 0 else 0))
        return claims

    def _candidate(self, line: Pending, case_id: int, evidence: Evidence) -> Candidate:
        creditor_id, currency, reference, names = self.cases[case_id]
        known = self.open[case_id, min(line.day, self.today)]
        claims = tuple([claim for claim in known if claim.total_cents > 0 or claim.claim_id in evidence.claim_numbers])
        numbers = evidence.claim_numbers if _named(evidence) else dict.fromkeys(_with_a_typo(line, claims), Number.INVOICE_TYPO)
        return Candidate(
            case_id,
            creditor_id,
            currency,
            reference,
            names,
            claims,
            evidence.case_number,
            tuple(sorted(numbers.items())),
            evidence.iban_known,
            evidence.customer_number,
        )


def _with_a_typo(line: Pending, claims: Sequence[OpenClaim]) -> list[int]:
    """Claims of this candidate whose number stands in the text with one slip: only ever asked inside a block of few candidates."""
    text = squeeze(line.purpose).text
    return [claim.claim_id for claim in claims if _nearly_inside(compact(claim.number), text)]


def _nearly_inside(number: str, text: str) -> bool:
    length = len(number)
    # One slip leaves one half of the number as it is.
    if length < _TYPO_LENGTH_MIN or (number[: length // 2] not in text and number[length // 2 :] not in text):
        return False
    return any(
        Levenshtein.distance(number, text[start : start + size], score_cutoff=1) <= 1
        for size in (length, length - 1, length + 1)
        for start in range(max(0, len(text) - size + 1))
    )
