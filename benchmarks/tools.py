"""Tools: what they cost beside the bare thing, in one run.

    python benchmarks/tools.py [--rounds 11] [--files 100000]

Each pair takes turns in every round, after one that is not counted, so that a slow moment of the machine hits both
alike; ratios are of the medians. The targets: Grep at most 1.3 of a bare rg, Glob at most 2 of `rg --files`, the end of
a 1 GB file no dearer than that of a 1 MB file, ten pages of 0.5 s in less than 0.8 s, and at most 15 ms for the sandbox
around a command (see `benchmarks/tools_bash.py`, of whose commands the dearest counts). Exits 1 if one is missed.

Glob shows the latest changed first, so it has to ask for the time of each file, which `rg --files` does not: what those
calls alone take stands beside its row, as does what rg takes to list files by time.
"""

import argparse
import asyncio
import http.server
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tools_bash  # beside this file

from pipeline_project import settings
from pipeline_project.observability import logs
from pipeline_project.tools import Session, run_batch, run_tool
from pipeline_project.tools.search import ripgrep

PAGES, PAGE_SECONDS = 10, 0.5


def main() -> int:
    """Measure, print, and say by the exit code whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--files", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        os.environ["PIPELINE_DATA_DIR"] = str(root / "data")
        logs.configure()
        rows = [
            *search(root / "many", given.files, given.rounds),
            reading(root / "large", given.rounds),
            web(root),
            sandboxed(),
        ]
    for name, measured, target in rows:
        verdict = "" if target is None else f"target {target:5.2f}   {'met' if measured <= target else 'MISSED'}"
        print(f"{name:48} {measured:8.2f}   {verdict}".rstrip())
    return 0 if all(target is None or measured <= target for _, measured, target in rows) else 1


def search(root: Path, files: int, rounds: int) -> list[tuple[str, float, float | None]]:
    """Grep and Glob over `files` small files beside rg itself."""
    for number in range(files):
        path = root / f"d{number // 4000}" / f"s{number // 100}" / f"file_{number % 100}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def function_{number}():\n    return {number}\n", encoding="utf-8")
    call = _tool(root)
    names = [os.fsencode(path) for path in root.rglob("*.py")]
    grep = {"pattern": "return \\d*77$", "output_mode": "content", "head_limit": 0}
    took = alternating(
        {
            "rg": lambda: _rg(root, "--hidden", "-n", "return \\d*77$", "./"),
            "Grep": lambda: call("Grep", grep),
            "rg --files": lambda: _rg(root, "--files"),
            "Glob": lambda: call("Glob", {"pattern": "**/*.py"}),
            "times": lambda: [os.stat(name).st_mtime_ns for name in names],  # noqa: PTH116 - the call itself
            "rg by time": lambda: _rg(root, "--files", "--sortr=modified"),
        },
        rounds,
    )
    return [
        (f"Grep of {files} files / rg", took["Grep"] / took["rg"], 1.3),
        (f"Glob of {files} files / rg --files", took["Glob"] / took["rg --files"], 2.0),
        ("  the times of these files alone / rg --files", took["times"] / took["rg --files"], None),
        ("  rg --files --sortr=modified / rg --files", took["rg by time"] / took["rg --files"], None),
    ]


def reading(root: Path, rounds: int) -> tuple[str, float, float]:
    """The last lines of a 1 GB file beside those of a 1 MB file."""
    root.mkdir()
    line = b"x" * 99 + b"\n"
    for name, lines in (("small", 10_000), ("large", 10_000_000)):
        with (root / name).open("wb") as file:
            for _ in range(lines // 10_000):
                file.write(line * 10_000)
    call = _tool(root)
    took = alternating(
        {
            "small": lambda: call("Read", {"file_path": "small", "offset": 9_990, "limit": 10}),
            "large": lambda: call("Read", {"file_path": "large", "offset": 9_999_990, "limit": 10}),
        },
        rounds,
    )
    return ("Read of the end of 1 GB / of 1 MB", took["large"] / took["small"], 1.5)


def web(root: Path) -> tuple[str, float, float]:
    """Seconds for ten pages that each take half a second; one before them pays for the imports."""
    server = _Server(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    os.environ["PIPELINE_ALLOWED_HOSTS"] = f"127.0.0.1:{port}"
    settings.load.cache_clear()
    base = f"http://127.0.0.1:{port}"
    calls: list[dict[str, Any]] = [
        {"name": "WebFetch", "input": {"url": f"{base}/{number}", "prompt": "What is here?"}} for number in range(PAGES)
    ]

    async def all_pages() -> float:
        async with Session(root, "allow_all", actor="user:benchmark") as session:
            _check(await run_batch([{**calls[0], "input": {**calls[0]["input"], "url": f"{base}/first"}}], session))
            began = time.perf_counter()
            results = await run_batch(calls, session)
            seconds = time.perf_counter() - began
        _check(results)
        return seconds

    try:
        return (f"seconds of {PAGES} pages of {PAGE_SECONDS} s", asyncio.run(all_pages()), 0.8)
    finally:
        server.shutdown()


def sandboxed() -> tuple[str, float, float]:
    """Milliseconds that the sandbox adds to a command."""
    dearest = max(tools_bash.measure(), key=lambda row: row.added)
    return (f"ms that {dearest.layers} adds to Bash", dearest.added, tools_bash.BUDGET_MILLISECONDS)


def alternating(tasks: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median seconds of each task; they take turns, and the first turn pays for imports and cold caches."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds + 1):
        for name, task in tasks.items():
            began = time.perf_counter()
            task()
            if turn:
                seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64  # the library's 5 would make the kernel turn connections away for a second


class _Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        threading.Event().wait(PAGE_SECONDS)
        body = b"<html><body><p>A page.</p></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base class's
        """Says nothing: its lines would stand between the table's."""


def _tool(root: Path) -> Callable[[str, dict[str, Any]], None]:
    session = Session(root, "allow_all", actor="user:benchmark")
    runner = asyncio.Runner()
    return lambda name, values: _check([runner.run(run_tool(name, values, session))])


def _check(results: list[Any]) -> None:
    for result in results:
        if result.is_error:
            sys.exit(f"a call failed: {result.text}")


def _rg(folder: Path, *arguments: str) -> None:
    subprocess.run([ripgrep.binary(), "--no-config", *arguments], cwd=folder, capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
