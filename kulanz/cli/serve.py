"""`kulanz serve`: the web server and the send worker of this installation."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import Annotated

import typer

from kulanz.errors import KulanzError


class PortTaken(KulanzError):
    """Dieser Port ist schon belegt."""

    code, status = "port_taken", 409
    fix = "Einen anderen nennen, z. B. `PORT=8010 make serve`."


def serve_command(
    port: Annotated[int, typer.Option(envvar="PORT", help="Port der Weboberfläche")] = 8000,
    host: Annotated[str, typer.Option(help="Adresse, an der gelauscht wird")] = "127.0.0.1",
    sender: Annotated[bool, typer.Option(help="Auch den Versand laufen lassen")] = True,
) -> None:
    """Weboberfläche und Versand starten."""
    serve(port, host=host, sender=sender)


def serve(port: int, *, host: str = "127.0.0.1", sender: bool = True) -> None:
    """Serve until stopped. The send worker runs as a child process and goes when this process goes, however it goes."""
    refuse_taken_port(host, port)
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["PORT"] = str(port)
    worker = start_child([sys.executable, "-m", "kulanz.cli.main", "send"]) if sender else None
    try:
        Granian(
            "kulanz.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=4,
            websockets=False,
            log_enabled=False,
            respawn_failed_workers=True,
        ).serve()
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=20)


def start_child(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process that ends when this one ends, even if this one is killed (Linux; elsewhere only at a normal end)."""
    # The web server's threads start after this, so the child's first step cannot meet a lock held by one of them.
    return subprocess.Popen(command, preexec_fn=_end_with_parent if sys.platform == "linux" else None)  # noqa: PLW1509


def _end_with_parent() -> None:
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise `PortTaken` if something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} ist schon belegt.") from error
