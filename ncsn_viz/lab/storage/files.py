"""Reading and writing of files: ordinary ones only, up to a limit, as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from ncsn_viz.core.knobs import ValidationError

ANSWER = 3.0  # seconds in which a file system must find and open a file
OLD = 600.0  # seconds after which a temporary file has been left behind by a process that was killed
PREFIX, SUFFIX = ".ncsn-viz-", ".part"  # of temporary files
KINDS = (  # what is not opened: a device may never end, a pipe may never answer
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)
T = TypeVar("T")


def read_bytes(path: Path, limit: int, what: str, pipe: bool = False) -> bytes:
    """At most `limit` bytes: the content of an ordinary file that should hold `what`, or of a `pipe` where allowed.

    Raises ValidationError, whose message continues the file's name, for other kinds of files, for larger ones and for
    file systems that do not answer; and OSError.
    """
    with _opened(path, pipe) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValidationError(f"is larger than {limit // 2**20} MB: too large for {what}")
    return content


def beginning(path: Path, count: int) -> tuple[bytes, int]:
    """The first `count` bytes of an ordinary file, and its size; of any other none, and `read_bytes` says why."""
    try:
        with _opened(path, pipe=False) as file:
            return file.read(count), os.fstat(file.fileno()).st_size
    except (ValidationError, OSError):
        return b"", 0


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Make of whatever goes wrong while a file is read a ValidationError with its name."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError(f"{path.name}: {error}") from None
    except OSError as error:
        raise ValidationError(f"cannot read {path}: {error.strerror or error}") from None
    except Exception as error:  # unforeseen; no file may keep the window from starting
        raise ValidationError(f"{path.name}: cannot be understood ({type(error).__name__}: {error})") from error


def _opened(path: Path, pipe: bool) -> BinaryIO:
    """The file, open for reading; its kind is known before it is opened, and checked again afterwards."""
    mode = _in_time(lambda: path.stat().st_mode)
    if pipe and stat.S_ISFIFO(mode):
        return path.open("rb")
    _check_kind(mode)
    return _in_time(lambda: _opened_at_once(path))


def _opened_at_once(path: Path) -> BinaryIO:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    try:
        _check_kind(os.fstat(file.fileno()).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def _check_kind(mode: int) -> None:
    """Raise ValidationError for a pipe, a socket or a device, OSError for a folder."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    for is_kind, what in KINDS:
        if is_kind(mode):
            raise ValidationError(f"{what}, not a file")


def _in_time(call: Callable[[], T]) -> T:
    """What `call` returns or raises; ValidationError after ANSWER seconds, as on the mount of a server that is gone."""
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)  # one that hangs must not keep the process
    thread.start()
    thread.join(ANSWER)
    if errors:
        raise errors[0]
    if not results:
        raise ValidationError("cannot be opened: its folder or its server does not answer")
    return results[0]


def write_safely(path: Path, content: bytes) -> None:
    """Replace the content of a file as a whole, by a temporary file that is synced and renamed. Raises OSError.

    A file that is there keeps its mode and, where that is allowed, its owner; a link keeps its target.
    """
    path = Path(os.path.realpath(path))
    before = _replaced(path)
    remove_leftovers(path.parent)
    temporary = path.parent / f"{PREFIX}{os.getpid():x}-{os.urandom(4).hex()}{SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666)  # less the umask, as for every new file
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            _keep_owner(temporary, before)
            os.chmod(temporary, stat.S_IMODE(before.st_mode))  # afterwards: another owner clears some of its bits
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Have the new name outlive a loss of power, on systems where folders can be synced."""
    with suppress(OSError):  # the file itself is whole already
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replaced(path: Path) -> os.stat_result | None:
    """What is known of the file that is to be replaced, or None. Raises OSError where it must not be."""
    try:
        before = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(before.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(before.st_mode) else errno.EINVAL
        raise OSError(number, os.strerror(number) if number == errno.EISDIR else "Not an ordinary file")
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return before


def _keep_owner(path: Path, before: os.stat_result) -> None:
    now = path.stat()
    if hasattr(os, "chown") and (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(OSError):  # only root may, as when the program runs under sudo
            os.chown(path, before.st_uid, before.st_gid)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of writes that never ended; those of a write that may still go on stay."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                ours = entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX)
                if ours and time.time() - entry.stat(follow_symlinks=False).st_mtime > OLD:
                    os.unlink(entry.path)
    except OSError:
        return  # no folder, or not ours: what is to be written there will say so
