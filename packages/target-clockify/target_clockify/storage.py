"""Where the ledger is: a file, or an object in a bucket, with a lock beside it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec

from target_clockify.errors import LedgerError
from target_clockify.ledger import Ledger, dump, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

STALE_AFTER = dt.timedelta(hours=1)
"""A lock that was not renewed for so long is nobody's any more."""

RENEW_EVERY = 300.0
"""Seconds between two renewals of a lock."""

TEMPORARY = "target-clockify-"


class Storage:
    """Reads and writes the ledger as a whole."""

    def __init__(self, url: str) -> None:
        """Set up the place without touching it.

        Raises:
            LedgerError: The URL names no storage that can be used here.
        """
        self.url = _without_secrets(url)
        try:
            self._files, self._path = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError, OSError) as error:
            raise LedgerError(
                f"The setting ledger cannot be used ({type(error).__name__}). Use a path,"
                " or a URL whose fsspec driver is installed, such as gs:// with gcsfs."
            ) from None
        self._journal = f"{self._path}.journal"
        self._noting = threading.Lock()
        protocols = self._files.protocol
        self.is_local = "file" in ((protocols,) if isinstance(protocols, str) else protocols)

    def exists(self) -> bool:
        """Return whether there is a ledger."""
        with self._explained("looked for"):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._path))

    def read(self) -> Ledger:
        """Read the ledger.

        Raises:
            LedgerError: There is none, or it cannot be read.
        """
        if not self.exists():
            raise LedgerError(
                f"There is no ledger at {self.url}, so nothing was written: without it, the target"
                " cannot tell its own copies from other entries. If this pair of workspaces was"
                " never synced, run target-clockify with --init once. Otherwise restore the ledger"
                " from a backup, or correct the setting ledger. A runner without a lasting disk"
                " needs a bucket's URL or ledger_field."
            )
        with self._explained("read"):
            text = self._files.cat_file(self._path)
        ledger = parse(text, self.url)
        notes = self.text_of(self._journal) if self.is_local else None
        for line in (notes or b"").splitlines():
            with contextlib.suppress(ValueError, KeyError):  # the last line may be cut
                noted = json.loads(line)
                ledger.learn(noted["key"], noted["copy"])
        return ledger

    def write(self, ledger: Ledger) -> None:
        """Replace the ledger; a reader sees the old one or the new one, and nothing in between."""
        with self._explained("written"):
            self._write(self._path, dump(ledger))
            if self.is_local:
                self.remove(self._journal)

    def note(self, key: str, copy: str) -> None:
        """Note at once that a copy was created, if the ledger is a file; threads may do so.

        A process that is killed before it writes the ledger leaves these notes. A bucket cannot be
        appended to: there, the copies of a killed run are found by what they say.
        """
        if not self.is_local:
            return
        line = json.dumps({"key": key, "copy": copy}).encode() + b"\n"
        with self._explained("written"), self._noting:
            handle = os.open(self._journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)

    def others(self) -> Iterator[Ledger]:
        """Yield the other ledgers in the same folder."""
        folder = self._path.rpartition("/")[0]
        with self._explained("looked for"):
            try:
                names = self._files.ls(folder, detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return
        for name in names:
            if name.endswith(".json") and name.rpartition("/")[2] != self._path.rpartition("/")[2]:
                # Files of other programs are none of the target's business.
                with contextlib.suppress(LedgerError, OSError):
                    yield parse(self._files.cat_file(name), name)

    def lock(self) -> Lock:
        """Take the lock beside the ledger.

        Raises:
            LedgerError: Another run has it.
        """
        return Lock(self, f"{self._path}.lock")

    def create_exclusively(self, path: str, text: bytes) -> bool:
        """Create a file unless it exists; return whether it was created."""
        with self._explained("locked"):
            if self.is_local:
                return self._link(path, text)
            try:
                self._files.pipe_file(path, text, mode="create")
            except FileExistsError:
                return False
            return True

    def set_aside(self, path: str, token: str) -> bool:
        """Remove a stale lock; return whether it was still the one with this token.

        Of several runs that try it at once, one succeeds.
        """
        aside = f"{path}.{secrets.token_hex(6)}"
        with self._explained("locked"):
            try:
                self._move(path, aside)
            except FileNotFoundError:
                return False
            is_same = _token_in(self.text_of(aside)) == token
            if is_same:
                self.remove(aside)
            else:
                # Another run has taken it over meanwhile.
                self._move(aside, path)
            return is_same

    def _move(self, path: str, other: str) -> None:
        if self.is_local:
            Path(path).rename(other)
        else:
            self._files.cp_file(path, other)
            self._files.rm_file(path)

    def replace(self, path: str, text: bytes) -> None:
        """Replace a file as a whole."""
        with self._explained("locked"):
            self._write(path, text)

    def text_of(self, path: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        try:
            self._files.invalidate_cache()
            return bytes(self._files.cat_file(path))
        except OSError:
            return None

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        with contextlib.suppress(OSError):
            self._files.rm_file(path)

    def _link(self, path: str, text: bytes) -> bool:
        """Create a local file with its content at once, so that nobody reads half of it."""
        with _fresh(Path(path), text) as fresh:
            try:
                os.link(fresh, path)
            except FileExistsError:
                return False
        return True

    def _write(self, path: str, text: bytes) -> None:
        if not self.is_local:
            self._files.pipe_file(path, text)
            return
        with _fresh(Path(path), text) as fresh:
            fresh.replace(path)

    @contextlib.contextmanager
    def _explained(self, action: str) -> Iterator[None]:
        try:
            yield
        except LedgerError:
            raise
        except Exception as error:  # drivers raise errors of their own
            raise LedgerError(
                f"The ledger {self.url} cannot be {action} ({type(error).__name__}). Check the path"
                " or the URL in the setting ledger, and the rights to it."
            ) from error


class Lock:
    """Keeps a second run from writing at the same time."""

    def __init__(self, storage: Storage, path: str) -> None:
        """Take the lock; take it over if its owner is dead.

        Raises:
            LedgerError: Another run has it.
        """
        self._storage = storage
        self._path = path
        self._token = secrets.token_hex(8)
        self._released = threading.Event()
        if not storage.create_exclusively(path, self._text()):
            owner = self._owner()
            if _may_be_alive(owner):
                raise LedgerError(
                    f"Another run uses the ledger {storage.url}: process {owner.get('pid')} on"
                    f" {owner.get('host')}, since {owner.get('since')}. Wait until it has ended. If"
                    f" it is not running any more, remove {path}."
                )
            stale = str(owner.get("token", ""))
            if not (
                storage.set_aside(path, stale) and storage.create_exclusively(path, self._text())
            ):
                raise LedgerError(
                    f"Another run has just taken over the ledger {storage.url}. Run it again later."
                )
        self._renewing = threading.Thread(target=self._renew, daemon=True)
        self._renewing.start()

    def release(self) -> None:
        """Let others have the lock."""
        self._released.set()
        self._renewing.join(timeout=RENEW_EVERY)
        if self._owner().get("token") == self._token:
            self._storage.remove(self._path)

    def _renew(self) -> None:
        while not self._released.wait(RENEW_EVERY):
            with contextlib.suppress(LedgerError):
                if self._owner().get("token") != self._token:
                    return  # this computer slept, and another one took the lock over
                self._storage.replace(self._path, self._text())

    def _text(self) -> bytes:
        return json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "token": self._token,
            }
        ).encode()

    def _owner(self) -> dict[str, Any]:
        try:
            found = json.loads(self._storage.text_of(self._path) or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _token_in(text: bytes | None) -> str:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return ""
    return str(found.get("token", "")) if isinstance(found, dict) else ""


def _without_secrets(url: str) -> str:
    """Return a URL without user, password and query, as messages show it."""
    if "://" not in url:
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


@contextlib.contextmanager
def _fresh(beside: Path, text: bytes) -> Iterator[Path]:
    """Write a temporary file beside another one; only its owner may read it."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    fresh = beside.with_name(f".{TEMPORARY}{secrets.token_hex(6)}")
    handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _may_be_alive(owner: dict[str, Any]) -> bool:
    """Return whether the owner of a lock may still run."""
    try:
        since = dt.datetime.fromisoformat(str(owner["since"]))
        pid = int(owner["pid"])
    except (KeyError, ValueError):
        return False  # half written by a process that died
    if dt.datetime.now(dt.UTC) - since > STALE_AFTER:
        return False
    if owner.get("host") != socket.gethostname() or os.name == "nt":
        return True
    # In containers, a process that died may have had the number that this one has.
    return pid != os.getpid() and _exists(pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
