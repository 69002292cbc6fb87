"""What is written by hand for speed says what the library would, and what is left out for speed could not have mattered."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from kulanz.payments.commands.candidates import _nearly_inside
from kulanz.payments.commands.states import in_json
from kulanz.payments.rules.match import Candidate, Match, OpenClaim

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(texts, texts, st.integers(0, 99), st.lists(texts, max_size=3), st.sets(st.integers(0, 4))), max_size=3))
def test_proposals_are_written_as_json_would_be(drawn: list[tuple[str, str, int, list[str], set[int]]]) -> None:
    proposals, wanted = [], []
    for n, (reference, reason, confidence, numbers, meant) in enumerate(drawn):
        claims = tuple(OpenClaim(number, text, 1, 1, 1) for number, text in enumerate(numbers))
        match = Match(n, tuple(sorted(meant)), confidence, reason, safe=False)
        proposals.append((match, Candidate(n, 1, "EUR", reference, (), claims)))
        named = [numbers[claim_id] for claim_id in sorted(meant) if claim_id < len(numbers)] or numbers
        told = {"case": n, "reference": reference, "claims": sorted(meant), "numbers": named, "confidence": confidence, "reason": reason}
        wanted.append(told)
    assert in_json(proposals) == json.dumps(wanted, ensure_ascii=False)


@given(st.text("AB01", min_size=5, max_size=9), st.text("AB01", max_size=14))
def test_a_number_one_slip_away_is_found_wherever_it_stands(number: str, text: str) -> None:
    pieces = {text[start:end] for start in range(len(text) + 1) for end in range(start, len(text) + 1)}
    assert _nearly_inside(number, text) == any(Levenshtein.distance(number, piece) <= 1 for piece in pieces)
