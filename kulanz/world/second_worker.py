"""The process of the second send worker: `python -m kulanz.world.second_worker`."""

from __future__ import annotations

import django

if __name__ == "__main__":
    django.setup()
    from kulanz.world.senders import answer_moments

    answer_moments()
