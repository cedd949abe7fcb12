"""What every test stands on: no network but loopback, a data directory of its own, a Dagster home for the session."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from pipeline_project import settings
from pipeline_project.workflows import ops

# a busy machine is slow, not wrong
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ROOT.parent / "shared" / "fixtures"


class NetworkForbidden(RuntimeError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0] if isinstance(address, tuple) else address
            if not _is_loopback(str(host)):
                raise NetworkForbidden(f"a test tried to reach {host}")
        real(self, address)

    socket.socket.connect = connect  # pyright: ignore[reportAttributeAccessIssue]
    yield
    socket.socket.connect = real  # pyright: ignore[reportAttributeAccessIssue]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def dagster_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Dagster instance for the session: making one costs most of a second."""
    home = tmp_path_factory.mktemp("dagster")
    configuration = (ROOT / "pipeline_project" / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(configuration, encoding="utf-8")
    return home


@pytest.fixture
def data_dir(tmp_path: Path, dagster_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of the test's own, with the settings read anew."""
    for name in list(os.environ):
        if name.startswith(settings.PREFIX) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("PIPELINE_DATA_DIR", str(folder))
    monkeypatch.setenv("PIPELINE_ACTOR", "tester")
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home))
    monkeypatch.chdir(tmp_path)
    settings.load.cache_clear()
    ops.forget_sessions()
    yield folder
    settings.load.cache_clear()
    ops.forget_sessions()


@pytest.fixture
def outside_fixtures() -> Path:
    """Public data beside the repository; the test is skipped where it is absent."""
    if not OUTSIDE.is_dir():
        pytest.skip("the shared fixtures are not beside this checkout")
    return OUTSIDE
