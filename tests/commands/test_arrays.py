"""Lists that go to the database as one text arrive as they were; ids are drawn in one answer."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.frames import draw_ids, id_array, text_array

pytestmark = pytest.mark.django_db
TEXTS = st.lists(st.one_of(st.sampled_from(['","', '"', "\\", "NULL", "{}", "", " ", "a,b", "it's"]), st.text(max_size=8)), max_size=6)


@settings(max_examples=200)
@given(TEXTS.map(lambda texts: [text.replace("\x00", "") for text in texts]))
def test_texts_arrive_as_they_were(texts: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [text_array(texts)])
        assert cursor.fetchone()[0] == texts


def test_ids_arrive_with_their_gaps() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::bigint[], %s::boolean[], %s::bigint[]", [id_array([1, "NULL", 3]), id_array([True, False]), id_array([])]
        )
        assert cursor.fetchone() == ([1, None, 3], [True, False], [])


@pytest.mark.parametrize("step", [1, 3])
def test_ids_drawn_together_are_new_and_ascend_even_where_somebody_draws_between_them(step: int) -> None:
    with connection.cursor() as cursor:
        before = list(draw_ids(cursor, "ledger_entry", 2))
        cursor.execute(f"ALTER SEQUENCE ledger_entry_id_seq INCREMENT BY {step}")
        drawn = list(draw_ids(cursor, "ledger_entry", 5))
        cursor.execute("ALTER SEQUENCE ledger_entry_id_seq INCREMENT BY 1")
        assert list(draw_ids(cursor, "ledger_entry", 0)) == []
    assert drawn == [before[-1] + step * n for n in range(1, 6)]
