"""`kulanz serve`: the web server and the send worker of this installation."""

from __future__ import annotations

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
    """Serve until stopped. Web server and send worker are child processes and go when this process goes, however it goes."""
    refuse_taken_port(host, port)
    children = [start_child([sys.executable, "-m", "kulanz.cli.web", host, str(port)])]
    if sender:
        children.append(start_child([sys.executable, "-m", "kulanz.cli.main", "send"]))
    signal.signal(signal.SIGTERM, _stop)
    try:
        status = children[0].wait()
    except KeyboardInterrupt:
        status = 0
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=20)
    if status > 0:
        raise ServerStopped


class ServerStopped(KulanzError):
    """Der Webserver hat sich beendet."""

    code, status = "server_stopped", 500
    fix = "Die Meldungen darüber sagen, warum."


def _stop(*_: object) -> None:
    """A polite stop (SIGTERM) ends like Ctrl+C."""
    raise KeyboardInterrupt


def start_child(command: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a process that ends when this one ends, even if this one is killed (Linux; elsewhere only at a normal end).

    It gets `environment` instead of this process's own, if one is given.
    """
    # The child's first step is unsafe beside other threads, whose locks it could meet. There are none: the web server's start after this.
    tied = _end_with_parent if sys.platform == "linux" else None
    return subprocess.Popen(command, env=environment, preexec_fn=tied)  # noqa: PLW1509  (no other thread runs yet)


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
