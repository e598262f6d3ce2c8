"""The workers of a sweep: processes of this machine, or those of a Dask scheduler somewhere."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.sweep.versions import installed

if TYPE_CHECKING:
    from distributed import Client

ANSWER = 15.0  # seconds in which a scheduler must answer
FIRST_WORKER = 60.0  # seconds in which there must be a worker
CLOSING = 5.0  # seconds for the processes of this machine to end by themselves
LEAN = {  # long runs without data between them need no profiler, and few looks at loops and memory
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "1h",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.low-level-log-length": 10,  # of a thousand messages, each with its experiment
    # Ctrl-C in a terminal reaches the workers, too: it is for the client, which then ends them
    "distributed.worker.preload": ["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],
    # Dask's own MALLOC_TRIM_THRESHOLD_ returns memory at once that the next training step takes again
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), 1
    ),
}
INSTALL = "a sweep needs Dask distributed, which is not installed; install it with: pip install 'ncsn-viz[sweep]'"


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """A client of `count` processes on this machine, of one thread each; they end with it.

    A run whose worker was lost is tried once more. Raises ValidationError where the processes do not start.
    """
    distributed = load_distributed()
    from dask import config

    try:
        with config.set(LEAN), _without_interrupts():
            cluster = distributed.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=None,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"allowed_failures": 1},
            )
    except (OSError, RuntimeError) as error:
        raise ValidationError(f"the workers cannot be started: {error}") from None
    try:
        with config.set(LEAN):
            client = distributed.Client(cluster, timeout=ANSWER)
        with client:
            yield client
    finally:
        with suppress(Exception):  # whatever is wrong with them, they end with this process
            cluster.close(timeout=CLOSING)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C waits meanwhile, and processes that are started never get it: they inherit that it is blocked."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def workers_of(address: str) -> Iterator[Client]:
    """A client of the scheduler at `address`. Raises ValidationError where none answers or no worker comes."""
    distributed = load_distributed()
    from dask import config

    with _quiet():
        try:
            with config.set(LEAN):
                client = distributed.Client(address, timeout=ANSWER)
        except (OSError, ValueError, TypeError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise ValidationError(f"no scheduler answers at {address}: {reason}") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=FIRST_WORKER)
            except TimeoutError:
                start = f"start one: dask worker --nthreads 1 {address}"
                raise ValidationError(f"the scheduler at {address} has no workers; {start}") from None
            yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's messages on stderr: what goes wrong becomes a sentence of ours."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL)  # each: Dask's configuration gives some a level of their own
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def check_workers(client: Client, device: str, here: Mapping[str, str]) -> None:
    """Raise ValidationError unless every worker has the device, and the versions that are `here`."""
    for address, found in client.run(installed, on_error="return").items():
        if isinstance(found, ImportError):
            raise ValidationError(f"the worker {address} has no ncsn-viz with sweeps: {found}")
        if isinstance(found, BaseException):
            raise ValidationError(f"the worker {address} does not say what is installed: {found}")
        for name, there in found.items():
            if there != here[name]:
                raise ValidationError(
                    f"the worker {address} has {name} {there}, and here it is {here[name]}: results would differ; "
                    "install the same on both"
                )
    for address, found in client.run(devices.pick, device, on_error="return").items():
        if isinstance(found, BaseException):
            raise ValidationError(f"the worker {address}: {found}")


def dashboard(client: Client) -> str:
    """The address of Dask's dashboard; empty where its scheduler serves none."""
    with suppress(Exception):  # of the scheduler's machine, as bokeh is missing there
        client.run_on_scheduler(version, "bokeh")
        return str(client.dashboard_link or "")
    return ""


def load_distributed() -> Any:
    """The module of that name. Raises ValidationError where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import distributed
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        raise ValidationError(INSTALL) from None
    return distributed
