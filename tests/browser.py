"""Find a Chromium for the journeys, or get one: `python -m tests.browser` prints its path or says clearly what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """The path of a Chromium on this machine: `KULANZ_CHROMIUM`, one on the path, or the one Playwright downloaded."""
    named = os.environ.get("KULANZ_CHROMIUM")
    if named and Path(named).exists():
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def ensure() -> str:
    """A Chromium: the one that is here, else Playwright's download, else Debian's package as root, else exit with a sentence."""
    if found := executable():
        return found
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]]
    for command in attempts:
        print("getting a browser for the journeys:", " ".join(command), file=sys.stderr)
        subprocess.run(command, check=False, stdout=sys.stderr, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        if found := executable():
            return found
    sys.exit("No Chromium found and none could be installed. Install one and name it in KULANZ_CHROMIUM, or run `make fast`.")


if __name__ == "__main__":
    print(ensure())
