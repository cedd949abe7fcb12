"""What holds commands where bubblewrap does not work: Landlock and resource limits, or resource limits alone.

Both take all capabilities and new privileges away and give the command a clean environment and a scratch folder of its
own. Neither has namespaces for processes: whoever starts the command must find and end what it leaves behind, and
must watch how many processes there are. `describe` says what each does not hold.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline_project import clock
from pipeline_project.errors import NotConfigured
from pipeline_project.security.sandbox import confinement, control_groups, environment, landlock, rlimits, sockets
from pipeline_project.security.sandbox.base import ALONE, Around, CommandLimits, Launch, Layer, Sandbox, shell
from pipeline_project.security.sandbox.view import View, view

MARK = "PIPELINE_COMMAND"
_DEVICES = tuple(Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty"))


class Unprivileged(Sandbox):
    """Commands with Landlock (`files`) or without it. `data_dir`: the product's own folder.

    `own_network`: whether this process may make an empty network. `filters`: whether system calls can be filtered.
    `exempt`: whether the kernel exempts this user from RLIMIT_NPROC, as it does the superuser.
    """

    def __init__(self, *, data_dir: Path, files: bool, own_network: bool, filters: bool, exempt: bool) -> None:
        self._data_dir = data_dir
        self._files = files
        self._own_network = own_network
        self._filters = filters
        self._exempt = exempt

    def describe(self) -> list[Layer]:
        layers = [_landlock_layer()] if self._files else []
        if self._own_network:
            layers.append(Layer("netns", "the network unless granted"))
        if self._filters:
            layers.append(Layer("seccomp", "new sockets unless the network is granted, Unix sockets among them"))
        leaves = "memory of all processes together" if self._files else "files of this user, other processes"
        layers.append(rlimits.layer(exempt=self._exempt, leaves=leaves))
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
        """See Sandbox.launch. `protected` is not: what the workspace holds, the command may change."""
        limits = limits or CommandLimits()
        seen = view(roots, self._data_dir)
        if self._files:
            _refuse_what_cannot_be_hidden(seen)
        scratch = Path(tempfile.mkdtemp(prefix="pipeline-"))
        (scratch / "home").mkdir()
        group = control_groups.make(limits.processes) if self._exempt else None
        processes = None if self._exempt else rlimits.shared(limits.processes)
        joining = f"{group.joining}; " if group else ""
        before = f"{joining}{rlimits.setting(limits, processes=processes)}{around.before}"
        mark = clock.new_id()
        path = environment.search_path([*seen.readable, *seen.writable])

        def leave() -> None:
            shutil.rmtree(scratch, ignore_errors=True)
            if group:
                group.remove()

        return Launch(
            argv=shell(script, replace(around, before=before)),
            env=environment.clean(
                home=str(scratch / "home"), temporary=str(scratch), path=path, more={MARK: mark, **dict(env or {})}
            ),
            cwd=cwd,
            layers=self.name,
            own_processes=False,
            mark=mark,
            counted=not self._exempt or group is not None,
            enter=self._entering(seen, scratch, group, network=network),
            members=group.members if group else None,
            leave=leave,
        )

    def _entering(
        self, seen: View, scratch: Path, group: control_groups.Group | None, *, network: bool
    ) -> Callable[[], None]:
        readable = [*landlock.without(seen.readable, seen.hidden), *_linked(seen), Path("/proc")] if self._files else []
        joining = (group.entrance,) if group else ()
        rules = landlock.Rules(
            readable=tuple(readable),
            writable=(*seen.writable, scratch),
            devices=tuple(path for path in (*_DEVICES, *joining) if path.exists()),
            network=network,
        )

        def enter() -> None:
            confinement.refuse_new_privileges()
            if self._own_network and not network:
                confinement.leave_network()
            if self._files:
                landlock.restrict(rules)
            if self._filters and not network:
                sockets.forbid()
            confinement.drop_capabilities()

        return enter


def _landlock_layer() -> Layer:
    speaks = landlock.version()
    leaves = ["names of other processes", ".git/hooks"]
    if speaks < landlock.HOLDS_TCP:
        leaves.append("TCP")
    if speaks < landlock.HOLDS_SIGNALS:
        leaves.append("signals to this user's processes")
    if speaks < landlock.HIDES_TRUNCATION:
        leaves.append("emptying of files by truncate(2)")
    return Layer("landlock", f"files outside the workspace (version {speaks})", ", ".join(leaves))


def _linked(seen: View) -> list[Path]:
    """The folders behind links such as /lib64, where they are not below /usr."""
    real = {Path(link).resolve() for link, _ in seen.links}
    return [path for path in real if not any(path.is_relative_to(folder) for folder in seen.readable)]


def _refuse_what_cannot_be_hidden(seen: View) -> None:
    inside = [path for path in seen.hidden if any(path.is_relative_to(root) for root in seen.writable)]
    if inside:
        remedy = "Install bubblewrap (apt-get install bubblewrap), or keep them apart: PIPELINE_DATA_DIR, workspace."
        raise NotConfigured("lies in the workspace, and Landlock cannot hide it", where=str(inside[0]), remedy=remedy)
