"""Cases that fit a line without being named by a number: the same amount, a similar name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from django.db.backends.utils import CursorWrapper

from kulanz.frames import id_array, text_array
from kulanz.payments.commands.evidence import Evidence, Found, Pending
from kulanz.payments.rules.names import name_keys, name_likeness, words_of_names

_BLOCK_MAX: Final = 200
_NAME_IN_BLOCK_MIN: Final = 70
_ALONE_IN_BLOCK_MAX: Final = 3


def by_amount_and_name(cursor: CursorWrapper, lines: Sequence[Pending], unsure: Collection[int], found: Found) -> set[int]:
    """Lines whose number is missing or not borne out: open cases of a debtor with the payer's name, or with an invoice of this amount.

    Of the cases that share only the amount, those with a similar name stay; all of them only if they are very few. Returns the lines that
    have cases they did not have before.
    """
    if not lines:
        return set()
    similar: dict[int, set[int]] = defaultdict(set)
    others: dict[int, set[int]] = defaultdict(set)
    by_id = {line.line_id: line for line in lines}
    for line_id, case_id, person, company in _cases_of_amount(cursor, lines, unsure):
        line = by_id[line_id]
        alike = name_likeness((line.payer, line.on_behalf_of), (person, company)) >= _NAME_IN_BLOCK_MIN
        (similar if alike else others)[line_id].add(case_id)
    # Somebody else may be named in the text. A text has many words: it is only asked where no number is borne out.
    names = [name_keys((line.payer, line.on_behalf_of), line.purpose if line.line_id in unsure else "") for line in lines]
    for line_id, case_ids in _cases_of_names(cursor, lines, names).items():
        similar[line_id] |= case_ids
    more = set()
    for line in lines:
        few = others[line.line_id] if len(others[line.line_id] | similar[line.line_id]) <= _ALONE_IN_BLOCK_MAX else set()
        for case_id in (similar[line.line_id] | few) - found[line.line_id].keys():
            found[line.line_id][case_id] = Evidence()
            more.add(line.line_id)
    return more


def _cases_of_amount(cursor: CursorWrapper, lines: Sequence[Pending], unsure: Collection[int]) -> list[tuple[int, int, str, str]]:
    """Line, case, name of the person and of the company: open cases with an invoice of the line's amount, at most `_BLOCK_MAX` a line.

    Of a line that a number already makes sure, only somebody with a name like the payer's, or whom the text names, could take it away:
    there the debtor's name must share a word with them.
    """
    rows = [(line, creditor) for line in lines for creditor in line.creditor_ids]
    anyone = [line.line_id in unsure for line, _ in rows]
    names = [
        "" if all_of_them else words_of_names((line.payer, line.on_behalf_of, line.purpose))
        for (line, _), all_of_them in zip(rows, anyone, strict=True)
    ]
    cursor.execute(
        _OF_AMOUNT,
        {
            "lines": id_array(line.line_id for line, _ in rows),
            "creditors": id_array(creditor for _, creditor in rows),
            "amounts": id_array(line.amount_cents for line, _ in rows),
            "currencies": text_array([line.currency for line, _ in rows]),
            "anyone": id_array(anyone),
            "names": text_array(names),
            "most": _BLOCK_MAX,
        },
    )
    found: list[tuple[int, int, str, str]] = cursor.fetchall()
    return found


_OF_AMOUNT: Final = """
    SELECT DISTINCT r.line_id, r.case_id, d.given_name || ' ' || d.family_name, d.company_name FROM (
      SELECT w.line_id, w.anyone, w.words, k.case_id, c.debtor_id, row_number() OVER (PARTITION BY w.line_id ORDER BY k.due_on, k.id) AS n
      FROM unnest(%(lines)s::bigint[], %(creditors)s::bigint[], %(amounts)s::bigint[], %(currencies)s::text[], %(anyone)s::boolean[],
        %(names)s::text[]) AS w(line_id, creditor_id, amount_cents, currency, anyone, words)
      JOIN claims_claim k ON k.creditor_id = w.creditor_id AND k.principal_cents = w.amount_cents
      JOIN claims_case c ON c.id = k.case_id AND c.state = 'open' AND c.currency = w.currency) r
    JOIN claims_debtor d ON d.id = r.debtor_id
    WHERE r.n <= %(most)s
      AND (r.anyone OR string_to_array(r.words, ' ') && string_to_array(translate(d.sort_key, '-.,&/', '     '), ' '))"""


def _cases_of_names(cursor: CursorWrapper, lines: Sequence[Pending], names: Sequence[set[str]]) -> dict[int, set[int]]:
    """The open cases of each line of debtors who are kept under one of its names. Each name is looked up once, however many lines bring
    it."""
    bringing: dict[tuple[int, str], list[int]] = defaultdict(list)
    for line, keys in zip(lines, names, strict=True):
        for creditor in line.creditor_ids:
            for name in keys:
                bringing[creditor, name].append(line.line_id)
    cases: dict[int, set[int]] = defaultdict(set)
    if bringing:
        creditors, wanted = zip(*bringing, strict=True)
        cursor.execute(_OF_NAME, {"creditors": id_array(creditors), "names": text_array(wanted)})
        for creditor, name, case_id in cursor.fetchall():
            for line_id in bringing[creditor, name]:
                cases[line_id].add(case_id)
    return cases


# The sort key as the index `payments_debtor_words` holds it. The limit keeps the look-up one by one, and a name that this many people bear
# says nothing anyway.
_OF_NAME: Final = """
    SELECT a.creditor_id, a.name, c.id
    FROM unnest(%(creditors)s::bigint[], %(names)s::text[]) AS a(creditor_id, name) CROSS JOIN LATERAL (
      SELECT d.id FROM claims_debtor d
      WHERE d.creditor_id = a.creditor_id AND btrim(regexp_replace(d.sort_key, '[^a-z0-9]+', ' ', 'g')) = a.name
      LIMIT 100) d
    JOIN claims_casedebtor l ON l.debtor_id = d.id JOIN claims_case c ON c.id = l.case_id AND c.state = 'open'"""
