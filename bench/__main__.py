"""`python -m bench [NAME …] [--size N]`: one JSON line per figure, each benchmark in a process and a data folder of its own."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bench

_NOT_BENCHMARKS = {"__main__", "figures"}


def names() -> list[str]:
    """The benchmarks there are: every module of this package that defines `run`."""
    return sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in _NOT_BENCHMARKS)


def run_here(name: str, size: int | None) -> int:
    """Run one benchmark in this process on a fresh embedded database that is thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="kulanz-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ["KULANZ_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "kulanz.site.settings"
        import django

        django.setup()
        from kulanz.cli.db import make_ready
        from kulanz.site import database

        try:
            make_ready()
            module = importlib.import_module(f"bench.{name}")
            for figure in module.run(size or module.SIZE):
                print(figure.line(), flush=True)
        finally:
            database.stop()
    return 0


def main() -> int:
    """Run the named benchmarks, or all; a benchmark that fails makes the exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*names(), []], metavar="NAME", help=", ".join(names()))
    parser.add_argument("--size", type=int, help="how many cases, claims, lines; each benchmark has its own default")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.in_process:
        return run_here(chosen.names[0], chosen.size)
    failed = 0
    for name in chosen.names or names():
        command = [sys.executable, "-m", "bench", name, "--in-process"]
        if chosen.size:
            command += ["--size", str(chosen.size)]
        failed += subprocess.run(command, check=False).returncode != 0
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
