"""A creditor's colour, made legible: darkened until white text on it passes WCAG 2.2 AA."""

from __future__ import annotations

import re
from functools import lru_cache

DEFAULT_PRIMARY = "#1B6A53"
_NEEDED = 4.5


@lru_cache(maxsize=512)
def legible_primary(colour: str) -> str:
    """``#RRGGBB`` → the same hue, darkened in small steps until its contrast to white is at least 4.5:1.

    Without a colour: our green.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return DEFAULT_PRIMARY
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    while contrast_to_white(red, green, blue) < _NEEDED:
        red, green, blue = red * 96 // 100, green * 96 // 100, blue * 96 // 100
    return f"#{red:02X}{green:02X}{blue:02X}"


def contrast_to_white(red: int, green: int, blue: int) -> float:
    """Contrast ratio to white after WCAG 2.2 (1 to 21)."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    return 1.05 / (luminance + 0.05)
