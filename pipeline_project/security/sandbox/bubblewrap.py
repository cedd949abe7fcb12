"""The strongest layer: bubblewrap (bwrap(1)) gives a command namespaces of its own and a file tree of what it may see.

It holds without being root, and holds root: a user namespace, no capabilities, no set-uid, no network but an empty
loopback, its own processes and inter-process communication, a new session without a terminal. Killing it kills every
process inside. It refuses nothing by inspecting the command.

What stays open: the kernel itself (there is no filter of system calls), and the workspace, which is the command's to
change, hooks and configuration of the protected repositories excepted (see repositories.py).
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline_project.security.sandbox import control_groups, environment, repositories, rlimits
from pipeline_project.security.sandbox.base import ALONE, Around, CommandLimits, Launch, Layer, Sandbox, shell
from pipeline_project.security.sandbox.view import View, view

PROGRAM = "bwrap"
HOME = "/run/home"


class Bubblewrap(Sandbox):
    """Commands under bwrap. `data_dir`: the product's own folder, which no command may see.

    `options`: which of the optional options this bwrap knows. `exempt`: whether the kernel exempts this user from
    RLIMIT_NPROC, as it does the superuser.
    """

    def __init__(self, *, data_dir: Path, options: frozenset[str], exempt: bool) -> None:
        self._data_dir = data_dir
        self._options = options
        self._exempt = exempt
        self._program = shutil.which(PROGRAM) or PROGRAM

    def describe(self) -> list[Layer]:
        layers = [
            Layer(
                "bubblewrap",
                "files outside the workspace, other processes, the network unless granted",
                "the kernel's own interface unfiltered",
            ),
            rlimits.layer(exempt=self._exempt),
        ]
        if self._exempt and control_groups.available():
            layers.append(control_groups.LAYER)
        return layers

    def launch(
        self,
        script: str,
        *,
        roots: Sequence[Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        network: bool = False,
        limits: CommandLimits | None = None,
        protected: Sequence[Path] = (),
        around: Around = ALONE,
    ) -> Launch:
        """See Sandbox.launch."""
        limits = limits or CommandLimits()
        seen = view(roots, self._data_dir)
        path = environment.search_path([*seen.readable, *seen.writable])
        group = control_groups.make(limits.processes) if self._exempt else None
        processes = None if self._exempt else rlimits.own(limits.processes)
        argv = (
            self._program, *self._isolation(network), *self._tree(seen, limits, network),
            *repositories.mounts(protected), *_sealed(seen), "--chdir", str(cwd), "--",
            *shell(script, replace(around, before=rlimits.setting(limits, processes=processes) + around.before)),
        )  # fmt: skip
        settle = repositories.watch(protected)

        def leave() -> None:
            if group:
                group.remove()
            settle()

        return Launch(
            argv=group.through(argv) if group else argv,
            env=environment.clean(home=HOME, temporary="/tmp", path=path, more=env),  # noqa: S108 - the command's own
            cwd=Path("/"),
            layers=self.name,
            own_processes=True,
            mark="",
            counted=not self._exempt or group is not None,
            enter=group.enter if group else None,
            leave=leave,
        )

    def _isolation(self, network: bool) -> list[str]:
        options = ["--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        options += ["--hostname", "sandbox"]
        if "--disable-userns" in self._options:
            options.append("--disable-userns")
        if network:
            options.append("--share-net")
        return options

    def _tree(self, seen: View, limits: CommandLimits, network: bool) -> list[str]:
        """The mounts, a folder before what lies in it; at one place the workspace is mounted last."""
        scratch = [self._scratch(place, limits) for place in ("/tmp", "/run", "/dev/shm")]  # noqa: S108 - the command's own
        mounts = [(Path(link), ["--symlink", target, link]) for link, target in seen.links]
        mounts += [(path, ["--ro-bind", str(path), str(path)]) for path in seen.readable]
        mounts += [(path, _hiding(path)) for path in seen.hidden]
        mounts += [(path, ["--bind", str(path), str(path)]) for path in seen.writable]
        if network:
            mounts += [(path, ["--ro-bind", str(path), str(path)]) for path in _resolver(seen)]
        ordered = sorted(mounts, key=lambda mount: len(mount[0].parts))
        # the superuser may write kernel settings as their owner, without any capability: /proc is read-only for all.
        # /dev is sealed after its own scratch folder, so that nothing can be left in it
        device = ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", *scratch[2], "--remount-ro", "/dev"]
        places = ["--dir", HOME, "--dir", "/var", "--symlink", "/tmp", "/var/tmp"]  # noqa: S108 - the command's own
        return [*device, *scratch[0], *scratch[1], *places, *(word for _, words in ordered for word in words)]

    def _scratch(self, place: str, limits: CommandLimits) -> list[str]:
        size = ["--size", str(limits.scratch_bytes)] if "--size" in self._options else []
        return ["--perms", "1777", *size, "--tmpfs", place]


def _hiding(path: Path) -> list[str]:
    if path.is_dir():
        return ["--perms", "0555", "--tmpfs", str(path)]
    # a device on a mount without devices: there, and not to be opened
    return ["--ro-bind", "/dev/null", str(path)]


def _sealed(seen: View) -> list[str]:
    """Folders in memory that nothing may be left in: the root, and what stands for hidden folders."""
    folders = [Path("/"), *(path for path in seen.hidden if path.is_dir())]
    return [word for folder in folders for word in ("--remount-ro", str(folder))]


def _resolver(seen: View) -> list[Path]:
    """Where the system's resolver configuration really is, when that is outside what is seen."""
    real = Path("/etc/resolv.conf").resolve()
    return [real] if real.is_file() and not any(real.is_relative_to(folder) for folder in seen.readable) else []


def installed() -> bool:
    """Whether there is a bwrap on PATH."""
    return shutil.which(PROGRAM) is not None
