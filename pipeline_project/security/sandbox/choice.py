"""Which sandbox holds commands on this machine: the strongest one that a trial shows to work, or the one named.

Refuses to run commands with nothing but resource limits unless PIPELINE_SANDBOX_ALLOW_WEAK says so.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pipeline_project.errors import NotConfigured
from pipeline_project.security.sandbox import bubblewrap, confinement, landlock, sockets
from pipeline_project.security.sandbox.base import Sandbox
from pipeline_project.security.sandbox.bubblewrap import Bubblewrap
from pipeline_project.security.sandbox.unprivileged import Unprivileged
from pipeline_project.settings import Settings

_SECONDS: Final = 10
_INSTALL: Final = "Install bubblewrap (apt-get install bubblewrap)"


def choose(settings: Settings) -> Sandbox:
    """The sandbox of commands; each is tried once per process.

    Raises NotConfigured: nothing strong enough is to be had, or not the one PIPELINE_SANDBOX names.
    """
    named = settings.sandbox
    if named == "auto":
        return _strongest(settings)
    made = _MAKERS[named](settings.home)
    if made is None:
        remedy = f"{_remedy(named)}, or set PIPELINE_SANDBOX to auto."
        raise NotConfigured(f"{named} does not work here: {_why(named)}", where="PIPELINE_SANDBOX", remedy=remedy)
    if named == "rlimits" and not settings.sandbox_allow_weak:
        raise NotConfigured("resource limits alone do not hold a command", where="PIPELINE_SANDBOX", remedy=_weak())
    return made


def report(settings: Settings) -> tuple[Literal["ok", "note", "problem"], str]:
    """A verdict and a sentence for `doctor`: which layers hold commands, and what they leave open."""
    try:
        sandbox = choose(settings)
    except NotConfigured as error:
        return "problem", f"commands cannot be run: {error}"
    layers = sandbox.describe()
    leaves = "; ".join(f"{layer.name} leaves {layer.leaves}" for layer in layers if layer.leaves)
    strong = layers[0].name == "bubblewrap"
    text = f"{sandbox.name}{f' ({leaves})' if leaves else ''}"
    return ("ok", text) if strong else ("note", f"{text}. {_INSTALL} for more.")


def _strongest(settings: Settings) -> Sandbox:
    home = settings.home
    if made := _bubblewrap(home):
        return made
    if landlock.version() >= landlock.HIDES_TRUNCATION and (made := _landlock(home)):
        return made
    if settings.sandbox_allow_weak:
        return _limits_alone(home)
    message = f"commands cannot be held here: bubblewrap: {_why('bubblewrap')}; landlock: {_why('landlock')}"
    raise NotConfigured(message, where="sandbox", remedy=f"{_weak()}")


def _weak() -> str:
    return f"{_INSTALL}; to do without, where you trust every command, set PIPELINE_SANDBOX_ALLOW_WEAK=true."


def _remedy(named: str) -> str:
    return _INSTALL if named == "bubblewrap" else "Use a kernel with Landlock switched on (lsm=landlock,…)"


@cache
def _bubblewrap(data_dir: Path) -> Sandbox | None:
    for options in (("--disable-userns", "--size"), ("--size",), ()):
        made = Bubblewrap(data_dir=data_dir, options=frozenset(options), exempt=os.geteuid() == 0)
        if not _trial(made):
            return made
    return None


@cache
def _landlock(data_dir: Path) -> Sandbox | None:
    return _unprivileged(data_dir, files=True) if landlock.version() else None


@cache
def _limits_alone(data_dir: Path) -> Sandbox:
    return _unprivileged(data_dir, files=False)


def _unprivileged(data_dir: Path, *, files: bool) -> Unprivileged:
    return Unprivileged(
        data_dir=data_dir, files=files, own_network=_own_network(), filters=sockets.supported(),
        exempt=os.geteuid() == 0,
    )  # fmt: skip


_MAKERS: Final[dict[str, Callable[[Path], Sandbox | None]]] = {
    "bubblewrap": _bubblewrap,
    "landlock": _landlock,
    "rlimits": _limits_alone,
}


@cache
def _own_network() -> bool:
    return confinement.possible(confinement.leave_network)


def _trial(sandbox: Sandbox) -> str:
    """Why a command does not run in this sandbox; empty when it does."""
    with tempfile.TemporaryDirectory(prefix="pipeline-") as folder:
        place = Path(folder).resolve()
        launch = sandbox.launch("true", roots=[place], cwd=place)
        try:
            ended = subprocess.run(  # noqa: S603 - our own program
                launch.argv, env=dict(launch.env), cwd=launch.cwd, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=_SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        finally:
            if launch.leave:
                launch.leave()
    said = ended.stderr.decode(errors="replace").strip()
    return "" if ended.returncode == 0 else said or f"it ended with {ended.returncode}"


def _why(named: str) -> str:
    if named == "landlock":
        speaks = landlock.version()
        return (
            f"the kernel speaks version {speaks}, too old" if speaks else "the kernel has none, or it is switched off"
        )
    if bubblewrap.installed():
        return _trial(Bubblewrap(data_dir=Path("/nonexistent"), options=frozenset(), exempt=os.geteuid() == 0))
    return "bwrap is not installed"
