"""How the tests of the rules run against each mutant: no Django, no database, few and always the same random examples.

Loaded by `make mutation` in place of `tests/conftest.py` (see `[tool.mutmut]` in pyproject.toml). A failing example is not shrunk:
that it fails is all a mutant needs.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

os.environ.setdefault("KULANZ_STORIES", "25")
os.environ.setdefault("KULANZ_LAW_HISTORIES", "300")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=15,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")
