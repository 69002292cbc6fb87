"""What was made of the lines, held against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kulanz.world.match_trial.transfers import Damage, Transfer

WRONG_MAX: Final = 0.001
RIGHT_MIN: Final = 0.90
FOUND_MIN: Final = 0.95
TOP: Final = 3


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one line: the cases it was booked to with cents and the invoices booked as meant, and the proposed cases in order."""

    booked: Mapping[int, tuple[int, frozenset[int]]]
    proposed: tuple[int, ...]


@dataclass(slots=True)
class Row:
    """The counts of one kind of damage. ``owned`` lines belong to somebody; ``left`` are those of them that were not booked."""

    lines: int = 0
    owned: int = 0
    right: int = 0
    wrong: int = 0
    left: int = 0
    found: int = 0

    def add(self, other: Row) -> None:
        """Add another row's counts."""
        for name in ("lines", "owned", "right", "wrong", "left", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Score:
    """The trial's result. ``contacts`` are reminders to people whose money is in the file, ``others`` those to everybody else."""

    seed: int
    rows: dict[Damage, Row] = field(default_factory=lambda: {damage: Row() for damage in Damage})
    contacts: int = 0
    others: int = 0
    refused: int = 0
    seconds: float = 0.0
    mistakes: list[str] = field(default_factory=list)

    @property
    def total(self) -> Row:
        """All kinds together."""
        whole = Row()
        for row in self.rows.values():
            whole.add(row)
        return whole

    @property
    def wrong_rate(self) -> float:
        """Wrong automatic bookings among all automatic bookings."""
        whole = self.total
        return whole.wrong / max(1, whole.right + whole.wrong)

    @property
    def right_rate(self) -> float:
        """Right automatic bookings among all lines that belong to somebody."""
        return self.total.right / max(1, self.total.owned)

    @property
    def found_rate(self) -> float:
        """Lines with their case among the first three proposals, among all lines of somebody that were not booked."""
        return self.total.found / self.total.left if self.total.left else 1.0

    @property
    def missed(self) -> list[str]:
        """The thresholds that were missed, in words."""
        checks = (
            (self.wrong_rate > WRONG_MAX, f"falsch gebucht: {self.wrong_rate:.3%}, erlaubt {WRONG_MAX:.1%}"),
            (self.right_rate < RIGHT_MIN, f"richtig gebucht: {self.right_rate:.2%}, verlangt {RIGHT_MIN:.0%}"),
            (self.found_rate < FOUND_MIN, f"unter den ersten {TOP} Vorschlägen: {self.found_rate:.2%}, verlangt {FOUND_MIN:.0%}"),
            (self.contacts > 0, f"Erinnerungen an Menschen, deren Geld in der Datei steht: {self.contacts}"),
            (self.others == 0, "die Gegenprobe fehlt: Der Tageslauf hat niemanden erinnert"),
            (self.refused > 0, f"abgelehnte Auszüge: {self.refused}"),
        )
        return [sentence for failed, sentence in checks if failed]


def judge(transfer: Transfer, made: Made) -> Row:
    """One line's counts. A booking is right if every case gets its own cents, and no invoice is taken for meant that was not."""
    row = Row(lines=1, owned=int(bool(transfer.shares)))
    if made.booked:
        right = {share.case_id: share for share in transfer.shares}
        same = set(made.booked) == set(right) and all(
            cents == right[case_id].cents and claims <= right[case_id].claim_ids for case_id, (cents, claims) in made.booked.items()
        )
        row.right, row.wrong = int(same), int(not same)
    if transfer.shares and not made.booked:
        true = [share.case_id for share in transfer.shares]
        row.left = 1
        row.found = int(sum(case_id in true for case_id in made.proposed[:TOP]) >= min(len(true), TOP))
    return row


def scored(seed: int, transfers: Sequence[Transfer], made: Iterable[Made]) -> Score:
    """The score of all lines, without contacts."""
    score = Score(seed)
    for transfer, what in zip(transfers, made, strict=True):
        row = judge(transfer, what)
        score.rows[transfer.damage].add(row)
        if row.wrong or row.left > row.found:
            kind = "falsch" if row.wrong else "nicht gefunden"
            score.mistakes.append(f"{kind} ({transfer.damage}): {transfer.cents} Cent, „{transfer.purpose}“, {transfer.name}")
    return score
