"""A job: a generator that is run piece by piece, and made again when it has ended or was closed."""

from __future__ import annotations

import sys

from ncsn_viz.lab.worker.frame_scheduler import Job


def work(pieces, log=None):
    for piece in range(pieces):
        if log is not None:
            log.append(piece)
        yield


def test_a_job_ends_after_its_pieces_and_begins_again():
    job, log = Job(), []
    assert [job.run_piece(lambda: work(2, log)) for _ in range(6)] == [False, False, True, False, False, True]
    assert log == [0, 1, 0, 1]


def test_work_without_pieces_ends_at_once():
    job = Job()
    assert job.run_piece(lambda: work(0))
    assert job.run_piece(lambda: iter(()))


def test_a_closed_job_begins_again():
    job, log = Job(), []
    job.close()  # nothing to close
    job.run_piece(lambda: work(3, log))
    job.close()
    job.run_piece(lambda: work(3, log))
    assert log == [0, 0]


def test_a_closed_job_frees_what_its_work_holds():
    class Lane:
        pass

    def hold(lane):
        yield lane

    job, lane = Job(), Lane()
    before = sys.getrefcount(lane)
    job.run_piece(lambda: hold(lane))
    assert sys.getrefcount(lane) > before
    job.close()
    assert sys.getrefcount(lane) == before
