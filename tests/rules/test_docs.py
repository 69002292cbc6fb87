"""The docs say what is true: links resolve, settings are listed, nothing names the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def test_every_link_of_the_docs_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in _tracked("*.md")
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:")) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_environment_variable_of_the_product_is_documented() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8"), re.M))
    used = {
        name
        for file in _tracked("kulanz/*.py")
        for name in re.findall(r'environ(?:\.get\(|\.pop\(|\[)\s*"([A-Z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert used - documented - {"KULANZ_FAILPOINT", "KULANZ_FAILPOINT_TRACE", "DJANGO_SETTINGS_MODULE", "LC_ALL"} == set()


def test_the_four_ways_through_the_house_open_at_most_six_files_each() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    ways = re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", text.split("## The four ways")[1], re.M | re.S)
    assert len(ways) == 4
    for name, way in ways:
        files = {target for target in _LINK.findall(way) if target.endswith(".py")}
        assert 2 <= len(files) <= 6, name
