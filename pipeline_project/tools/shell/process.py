"""One command as a process: started in a thread of its own, its output handed over as it comes, ended as a tree.

The thread takes on the sandbox's restrictions, starts the process and waits for it: restrictions, and the signal that
tells children of their parent's death, belong to the thread. Needs neither the main thread nor asyncio's watchers of
children. Nothing that the command started is alive once `wait` has returned.
"""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import Final

from pipeline_project.errors import NotConfigured
from pipeline_project.security.sandbox import Launch
from pipeline_project.tools.shell import tree
from pipeline_project.tools.shell.tree import Tree, descendants

_CHUNK: Final = 64 << 10
_DRAIN_SECONDS: Final = 2.0
_WATCH_SECONDS: Final = 0.1


class Process:
    """A running command; made by `start`."""

    def __init__(self, launch: Launch, on_output: Callable[[bytes], None]) -> None:
        self._launch = launch
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[int] = self._loop.create_future()
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._code: asyncio.Future[int] = self._loop.create_future()
        self._drained = asyncio.Event()
        self._may_reap = threading.Event()
        self._output = -1
        self._pid = -1
        self._tree: Tree | None = None
        self._life: asyncio.Task[int] | None = None
        self.overrun = False
        """Whether it was ended for having too many processes."""

    @classmethod
    async def start(
        cls, launch: Launch, on_output: Callable[[bytes], None], *, processes: int, keep: tuple[int, ...] = ()
    ) -> "Process":
        """Start a command. `on_output` is called in the loop's thread with bytes of standard output and error alike.

        `processes`: how many it may have where the kernel does not count them; `keep`: descriptors it inherits.
        Raises NotConfigured when the sandbox does not take it.
        """
        made = cls(launch, on_output)
        made._output, writing = os.pipe()
        if not launch.own_processes:
            made._tree = Tree(launch.mark, launch.members)
        threading.Thread(target=made._live, args=(writing, keep), name="command", daemon=True).start()
        try:
            made._pid = await made._started
        except OSError as error:
            os.close(made._output)
            if made._tree is not None:
                made._tree.end()
            if launch.leave:
                launch.leave()
            reason = f"the command cannot be started: {error.strerror}"
            remedy = "See `python -m pipeline_project doctor`."
            raise NotConfigured(reason, where=launch.layers, remedy=remedy) from error
        if made._tree is not None:
            made._tree.first = made._pid
        os.set_blocking(made._output, False)
        made._loop.add_reader(made._output, made._read)
        made._life = asyncio.create_task(made._follow(processes))
        return made

    async def wait(self) -> int:
        """The exit code (negative: the signal that ended it), once nothing of the command is left."""
        assert self._life is not None
        return await asyncio.shield(self._life)

    @property
    def ended(self) -> bool:
        """Whether nothing of it is left."""
        return self._life is not None and self._life.done()

    async def kill(self) -> int:
        """End it and all it started; returns as `wait` does."""
        if not self._exited.done():
            os.kill(self._pid, signal.SIGKILL)  # the thread has not reaped it: the id is still its own
        return await self.wait()

    def _live(self, writing: int, keep: tuple[int, ...]) -> None:
        """The thread: from here on it may be restricted, so it starts, waits and reports, and nothing else."""
        launch = self._launch
        try:
            if launch.enter:
                launch.enter()
            popen = subprocess.Popen(  # noqa: S603 - held by the sandbox
                launch.argv, env=dict(launch.env), cwd=launch.cwd, stdin=subprocess.DEVNULL, stdout=writing,
                stderr=writing, pass_fds=keep, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._tell(self._started.set_exception, error)
            return
        finally:
            os.close(writing)
        tree.own(popen.pid)
        self._tell(self._started.set_result, popen.pid)
        os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOWAIT)
        self._tell(self._exited.set_result, None)
        self._may_reap.wait()
        code = popen.wait()
        tree.disown(popen.pid)
        self._tell(self._code.set_result, code)

    def _tell(self, act: Callable[..., None], value: object) -> None:
        try:
            self._loop.call_soon_threadsafe(act, value)
        except RuntimeError:  # the loop is closed: nobody asks any more, and the process must not stay a zombie
            self._may_reap.set()

    async def _follow(self, processes: int) -> int:
        try:
            while not await self._has_exited(None if self._launch.counted else _WATCH_SECONDS):
                await self._count(processes)
            if self._tree is not None:
                await asyncio.to_thread(self._tree.end)
            self._may_reap.set()
            code = await self._code
            await self._drain()
            return code
        finally:
            # cut off before its end, the loop is being closed: there is no waiting any more
            if not self._exited.done():
                os.kill(self._pid, signal.SIGKILL)
                if self._tree is not None:
                    self._tree.end()
            self._may_reap.set()
            self._stop_reading()
            if self._launch.leave:
                self._launch.leave()

    async def _has_exited(self, seconds: float | None) -> bool:
        await asyncio.wait([self._exited], timeout=seconds)
        return self._exited.done()

    async def _count(self, most: int) -> None:
        found = await asyncio.to_thread(self._tree.look if self._tree else lambda: descendants(self._pid))
        if len(found) > most and not self._exited.done():
            self.overrun = True
            os.kill(self._pid, signal.SIGKILL)

    async def _drain(self) -> None:
        """Wait for the end of the output: all who could write have ended, so it is near."""
        try:
            await asyncio.wait_for(self._drained.wait(), _DRAIN_SECONDS)
        except TimeoutError:  # somebody we may not touch was handed the pipe
            return

    def _read(self) -> None:
        try:
            chunk = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            self._on_output(chunk)
        else:
            self._stop_reading()

    def _stop_reading(self) -> None:
        if not self._drained.is_set():
            self._drained.set()
            self._loop.remove_reader(self._output)
            os.close(self._output)
