"""Names of people as they live in Germany, of many origins, and of firms and streets. All combinations are invented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml


@dataclass(frozen=True, slots=True)
class Origin:
    """Given and family names that go together, and how common they are among the population (a rough weight)."""

    weight: float
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    families_of_women: tuple[str, ...]


def _origin(written: dict[str, Any]) -> Origin:
    women, men, families = (tuple(written[key].split()) for key in ("women", "men", "families"))
    return Origin(float(written["weight"]), women, men, families, tuple(written.get("families_of_women", "").split()))


_WRITTEN: Final = yaml.safe_load((Path(__file__).parent / "data" / "names.yaml").read_text(encoding="utf-8"))

ORIGINS: Final = {name: _origin(written) for name, written in _WRITTEN["origins"].items()}
STREETS: Final = tuple(_WRITTEN["streets"])
TRADES: Final = tuple(_WRITTEN["trades"])
TITLES: Final = ("Dr.", "Prof. Dr.")
FIRM_FORMS: Final = {"GmbH": 5.0, "GmbH & Co. KG": 2.0, "e. K.": 1.5, "UG (haftungsbeschränkt)": 1.0, "OHG": 0.5}
