"""Files are read if they are files, and written whole or not at all, with the mode that they had."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files, files, mark_import
from ncsn_viz.lab.storage.files import read_bytes, write_safely

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no such files and permissions there")


def mode(path):
    return path.stat().st_mode & 0o777


# -- reading --------------------------------------------------------------------------------------------------------


def test_a_file_is_read_up_to_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", 5, "a number") == b"12345"
    with pytest.raises(ValidationError, match="is larger than 0 MB: too large for a number"):
        read_bytes(tmp_path / "a", 4, "a number")
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "b", 5, "a number")
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path, 5, "a number")


@POSIX
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link to a device"])
def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path, monkeypatch, kind):
    path = tmp_path / "x.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # a socket's path has at most a hundred characters
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("x.csv")
    else:
        path.symlink_to("/dev/zero")
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("was opened"))
    what = kind.removeprefix("link to a ")
    for read in (experiment_files.read, lambda path: mark_import.read(path, (-8, 8))):
        with pytest.raises(ValidationError, match=f"x.csv: is a {what}, not a file"):
            read(path)


@POSIX
def test_what_becomes_a_pipe_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"1")
    monkeypatch.setattr(Path, "stat", lambda _: os.stat(tmp_path / "file"))
    with pytest.raises(ValidationError, match="is a pipe"):
        read_bytes(tmp_path / "pipe", 10, "it")


@POSIX
def test_a_pipe_is_read_where_it_is_allowed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    text = experiment_files.to_text(Spec(seed=4))
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text(text))
    writer.start()
    assert experiment_files.read(tmp_path / "pipe", pipe=True).seed == 4
    writer.join()


@pytest.mark.parametrize("step", ["stat", "open"])
def test_a_mount_that_does_not_answer_is_left_after_a_while(tmp_path, monkeypatch, step):
    (tmp_path / "a.json").write_text("{}")
    asleep = threading.Event()

    def hang(*_, **__):
        asleep.wait(20)
        raise TimeoutError

    monkeypatch.setattr(*((Path, "stat") if step == "stat" else (os, "open")), hang)
    monkeypatch.setattr(files, "ANSWER", 0.02)
    start = time.monotonic()
    with pytest.raises(ValidationError, match=r"a\.json: cannot be opened: its folder or its server does not answer"):
        experiment_files.read(tmp_path / "a.json")
    assert time.monotonic() - start < 5
    asleep.set()


# -- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["os.replace", "os.fsync", "os.chmod"])
def test_a_disk_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "a.json"
    experiment_files.write(path, Spec(seed=1))

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, fail)
    with pytest.raises(ValidationError, match=f"cannot write {re.escape(str(path))}: No space left on device"):
        experiment_files.write(path, Spec(seed=2))
    monkeypatch.undo()
    assert experiment_files.read(path).seed == 1
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_is_interrupted_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    experiment_files.write(path, Spec(seed=1))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        experiment_files.write(path, Spec(seed=2))
    monkeypatch.undo()
    assert experiment_files.read(path).seed == 1
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path, monkeypatch):
    path, calls, replace, sync = tmp_path / "a.json", [], os.replace, os.fsync
    experiment_files.write(path, Spec(seed=1))

    def watched_replace(source, goal):
        calls.append((experiment_files.read(path).seed, experiment_files.read(Path(source)).seed))
        replace(source, goal)

    def watched_sync(number):
        calls.append("synced")
        sync(number)

    monkeypatch.setattr("os.replace", watched_replace)
    monkeypatch.setattr("os.fsync", watched_sync)
    experiment_files.write(path, Spec(seed=2))
    assert calls == ["synced", (1, 2), "synced"]  # the file, and at last its name in the folder
    assert experiment_files.read(path).seed == 2


@POSIX
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_the_mode_of_new_files(tmp_path, umask):
    before = os.umask(umask)
    try:
        write_safely(tmp_path / "a", b"1")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == 0o666 & ~umask


@POSIX
@pytest.mark.parametrize("wanted", [0o600, 0o664, 0o755])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, wanted):
    (tmp_path / "a").write_bytes(b"0")
    (tmp_path / "a").chmod(wanted)
    write_safely(tmp_path / "a", b"1")
    assert (mode(tmp_path / "a"), (tmp_path / "a").read_bytes()) == (wanted, b"1")


@POSIX
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"0")
    (tmp_path / "a").chmod(0o640)
    if os.getuid() == 0:
        os.chown(tmp_path / "a", 1234, 1234)
    before = (tmp_path / "a").stat()
    write_safely(tmp_path / "a", b"1")
    after = (tmp_path / "a").stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)

    def fail(*_):
        raise PermissionError

    monkeypatch.setattr(os, "chown", fail)  # as for all who are not root
    write_safely(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"


def test_a_file_that_must_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    experiment_files.write(path, Spec(seed=1))
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(ValidationError, match="Permission denied"):
        experiment_files.write(path, Spec(seed=2))
    assert experiment_files.read(path).seed == 1


@POSIX
def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a").write_bytes(b"0")
    (tmp_path / "link").symlink_to(Path("there") / "a")
    write_safely(tmp_path / "link", b"1")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "a").read_bytes() == b"1"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Not an ordinary file"):
        write_safely(tmp_path / "pipe", b"1")


def test_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / ("n" * 250 + ".json")
    write_safely(path, b"1")
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_what_killed_writes_have_left_is_removed(tmp_path):
    old, fresh, other = (tmp_path / name for name in (".ncsn-viz-1-ab.part", ".ncsn-viz-2-cd.part", "x.part"))
    for path in (old, fresh, other):
        path.write_bytes(b"half")
    for path in (old, other):
        os.utime(path, (time.time() - 2 * files.OLD,) * 2)
    write_safely(tmp_path / "a", b"1")
    assert {item.name for item in tmp_path.iterdir()} == {"a", fresh.name, other.name}
