"""Which playbook counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kulanz.strategy.errors import PlaybookUnknown
from kulanz.strategy.models import PlaybookVersion
from kulanz.strategy.playbook import Playbook, read_playbook


@dataclass(frozen=True, slots=True)
class SavedPlaybook:
    """A playbook with the number of its saved version."""

    version_id: int
    playbook: Playbook


def active_playbook(key: str) -> SavedPlaybook:
    """The version of a playbook that is in force. Raises `PlaybookUnknown`."""
    version = PlaybookVersion.objects.filter(key=key, active=True).first()
    if version is None:
        raise PlaybookUnknown(f"Den Ablaufplan „{key}“ gibt es nicht.")
    return SavedPlaybook(version.id, _read(version.document))


def playbook_version(version_id: int) -> SavedPlaybook:
    """A playbook as it was saved under this number. Raises `PlaybookUnknown`."""
    version = PlaybookVersion.objects.filter(id=version_id).first()
    if version is None:
        raise PlaybookUnknown(f"Eine Fassung {version_id} des Ablaufplans gibt es nicht.")
    return SavedPlaybook(version.id, _read(version.document))


@lru_cache(maxsize=32)
def _read(document: str) -> Playbook:
    """A saved document never changes, so it is checked and compiled once per process."""
    return read_playbook(document)
