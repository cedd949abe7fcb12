"""What a command can and cannot do in each sandbox, by real processes; layers this machine lacks are skipped."""

import os
import shlex
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.security.sandbox import CommandLimits, Sandbox, choice, choose, control_groups, landlock, report
from pipeline_project.security.sandbox.view import view
from pipeline_project.settings import Settings

LAYERS = ("bubblewrap", "landlock", "rlimits")
HOLDING = ("bubblewrap", "landlock")


class Place:
    """A workspace, a data directory beside it, and one sandbox."""

    def __init__(self, layer, folder):
        self.folder = folder.resolve()
        self.workspace = self.folder / "workspace"
        self.workspace.mkdir()
        self.data = self.folder / "data"
        self.data.mkdir()
        (self.data / "pipeline.db").write_text("the-product's-secret")
        (self.folder / "outside.txt").write_text("outside")
        settings = Settings(sandbox=layer, sandbox_allow_weak=True, data_dir=self.data)
        try:
            self.sandbox: Sandbox = choose(settings)
        except NotConfigured as error:
            pytest.skip(f"{layer} is not to be had here: {error}")

    def run(self, command, **options):
        launch = self.sandbox.launch(
            command, roots=options.pop("roots", [self.workspace]), cwd=self.workspace, **options,
        )  # fmt: skip
        ended = []

        def start():
            if launch.enter:
                launch.enter()
            ended.append(
                subprocess.run(
                    launch.argv, env=dict(launch.env), cwd=launch.cwd, stdin=subprocess.DEVNULL, text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                )
            )  # fmt: skip

        thread = threading.Thread(target=start)
        thread.start()
        thread.join()
        if launch.leave:
            launch.leave()
        return ended[0]


@pytest.fixture(params=LAYERS)
def place(request, tmp_path):
    return Place(request.param, tmp_path)


@pytest.fixture(params=HOLDING)
def holding(request, tmp_path):
    return Place(request.param, tmp_path)


@pytest.fixture
def bubblewrap(tmp_path):
    return Place("bubblewrap", tmp_path)


def test_the_workspace_can_be_read_and_written(place):
    ended = place.run("echo hello > made.txt && cat made.txt")
    assert (ended.returncode, ended.stdout) == (0, "hello\n")
    assert (place.workspace / "made.txt").read_text() == "hello\n"


def test_programs_of_the_system_run(place):
    ended = place.run("set -e; git init -q . && git status --short; printf 'all:\\n\\techo made\\n' > m; "
                      "if command -v make > /dev/null; then make -sf m; else echo made; fi")  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "made\n")


def test_the_environment_is_clean(place, monkeypatch):
    monkeypatch.setenv("PLANTED_API_KEY", "planted-secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/planted")
    ended = place.run("env; cat /proc/self/environ | tr '\\0' '\\n'")
    assert "planted" not in ended.stdout
    assert "PATH=" in ended.stdout


@pytest.mark.parametrize("target", ["/etc/planted", "/usr/planted", "{home}/planted", "/planted", "/dev/planted"])
def test_nothing_outside_the_workspace_is_written(holding, target):
    target = target.format(home=Path.home())
    holding.run(f"echo x > {target}; mkdir -p {target}.d")
    assert not Path(target).exists()
    assert not Path(f"{target}.d").exists()


def test_files_beside_the_workspace_are_neither_changed_nor_read(holding):
    beside = shlex.quote(str(holding.folder / "outside.txt"))
    ended = holding.run(f"cat {beside}; echo x >> {beside}; truncate -s 0 {beside}; rm -f {beside}; mv {beside} taken")
    assert "outside\n" not in ended.stdout
    assert (holding.folder / "outside.txt").read_text() == "outside"


def test_a_link_out_of_the_workspace_leads_nowhere(holding):
    (holding.workspace / "link").symlink_to(holding.folder / "outside.txt")
    (holding.workspace / "up").symlink_to(holding.folder)
    ended = holding.run("cat link up/outside.txt; echo x > link; echo x > up/planted; cat ../outside.txt")
    assert "outside\n" not in ended.stdout
    assert (holding.folder / "outside.txt").read_text() == "outside"
    assert not (holding.folder / "planted").exists()


def test_the_data_directory_cannot_be_read(holding):
    ended = holding.run(
        f"cat {shlex.quote(str(holding.data))}/*; cat ../data/pipeline.db; find / -name pipeline.db 2>&-"
    )
    assert "secret" not in ended.stdout


def test_a_data_directory_inside_the_workspace_is_hidden(bubblewrap):
    ended = bubblewrap.run("cat data/pipeline.db; ls data; echo x > data/x; ls", roots=[bubblewrap.folder])
    assert "secret" not in ended.stdout
    assert sorted(path.name for path in bubblewrap.data.iterdir()) == ["pipeline.db"]


def test_a_workspace_inside_the_data_directory_is_all_of_it_that_is_seen(holding):
    inside = holding.data / "workspace"
    inside.mkdir()
    ended = holding.run(f"cd {inside} && echo fine > a && cat a; cat ../pipeline.db", roots=[inside, holding.workspace])
    assert "fine" in ended.stdout
    assert "secret" not in ended.stdout


def test_landlock_refuses_a_workspace_it_cannot_hide_the_data_directory_in(tmp_path):
    place = Place("landlock", tmp_path)
    with pytest.raises(NotConfigured, match="Landlock cannot hide it"):
        place.run("true", roots=[place.folder])


def test_landlock_names_what_lies_beside_something_hidden(tmp_path):
    for name in ("a/secret", "a/kept", "b"):
        (tmp_path / name).mkdir(parents=True)
    found = landlock.without([tmp_path], [tmp_path / "a" / "secret"])
    assert sorted(found) == [tmp_path / "a" / "kept", tmp_path / "b"]


def test_the_hash_of_the_superuser_is_hidden(holding):
    assert "root:" not in holding.run("cat /etc/shadow").stdout


def test_no_server_of_this_machine_is_reached(place):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reached = place.run(f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached")
    assert reached.returncode != 0
    assert "reached\n" not in reached.stdout


def test_a_granted_network_reaches_servers(place):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reached = place.run(f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached", network=True)
    assert reached.stdout == "reached\n"


def test_no_capability_and_no_new_privilege_is_left(place):
    ended = place.run("grep -E '^(CapEff|CapPrm|NoNewPrivs)' /proc/self/status")
    assert ended.stdout.split() == ["NoNewPrivs:", "1"] or set(ended.stdout.split()) == {
        "CapEff:", "CapPrm:", "NoNewPrivs:", "1", "0" * 16,
    }  # fmt: skip


def test_other_processes_cannot_be_looked_into_or_ended(holding):
    with subprocess.Popen(["sleep", "60"], env={"PLANTED": "planted-secret"}) as other:
        try:
            ended = holding.run(f"cat /proc/{other.pid}/environ; kill -9 {other.pid}")
            assert "planted-secret" not in ended.stdout
            if landlock.version() >= landlock.HOLDS_SIGNALS or holding.sandbox.name.startswith("bubblewrap"):
                assert other.poll() is None
        finally:
            other.kill()


def test_this_process_keeps_its_rights(place):
    place.run("true")
    (place.folder / "after.txt").write_text("still allowed")
    with socket.create_server(("127.0.0.1", 0)):
        assert "NoNewPrivs:\t0" in Path("/proc/self/status").read_text() or os.geteuid() != 0


def test_the_settings_of_the_kernel_cannot_be_opened_for_writing(holding):
    # opened and not written: if the sandbox fails, the test must not change the machine
    ended = holding.run("exec 3> /proc/sys/kernel/panic && echo opened; exec 3> /proc/sysrq-trigger && echo opened")
    assert "opened" not in ended.stdout


def test_hooks_and_configuration_of_a_repository_stay_as_they_are(bubblewrap):
    repository = bubblewrap.workspace / ".git"
    bubblewrap.run("git init -q . && git config user.email a@b && git config user.name n")
    before = (repository / "config").read_text()
    ended = bubblewrap.run(
        "echo x > .git/hooks/pre-commit; git config core.fsmonitor ./x; mv .git moved; "
        "git commit -q --allow-empty -m one && git log --format=%s",
        protected=[repository],
    )
    assert ended.stdout.endswith("one\n")
    assert (repository / "config").read_text() == before
    assert not (repository / "hooks" / "pre-commit").exists()


def test_memory_is_limited(place):
    command = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}"
    ended = place.run(command, limits=CommandLimits(memory_bytes=100 << 20))
    assert "300000000" not in ended.stdout


def test_the_size_of_files_is_limited(place):
    place.run("head -c 3000000 /dev/zero > big", limits=CommandLimits(file_bytes=1 << 20))
    assert (place.workspace / "big").stat().st_size == 1 << 20


def test_processor_time_is_limited(place):
    ended = place.run("while :; do :; done", limits=CommandLimits(cpu_seconds=1))
    assert ended.returncode in (-9, -24, 137, 152)


def test_limits_cannot_be_lifted(place):
    ended = place.run("ulimit -f unlimited; ulimit -f", limits=CommandLimits(file_bytes=1 << 20))
    assert ended.stdout.splitlines()[-1] == "1024"


def test_the_number_of_processes_is_limited_by_the_kernel(place):
    launch = place.sandbox.launch("true", roots=[place.workspace], cwd=place.workspace)
    if launch.leave:
        launch.leave()
    if not launch.counted:
        pytest.skip("nothing in this kernel counts the superuser's processes here; the tool watches them")
    if os.geteuid() != 0 and launch.mark:
        pytest.skip("here everything else this user runs counts too")
    # forty short-lived processes, not a bomb: a test must not endanger the machine it runs on
    ended = place.run("for i in {1..40}; do sleep 0.3 & done; wait", limits=CommandLimits(processes=20))
    assert "Resource temporarily unavailable" in ended.stdout


def test_scratch_folders_are_the_commands_own_and_gone_afterwards(place):
    ended = place.run('echo x > "$TMPDIR/planted-scratch" && echo y > "$HOME/planted-home" && cd && pwd')
    assert ended.returncode == 0
    assert not Path("/tmp/planted-scratch").exists()
    assert not (Path.home() / "planted-home").exists()
    assert not Path(ended.stdout.strip()).exists()


def test_no_control_group_is_left(place):
    place.run("true")
    if group := control_groups.make(5):
        group.remove()
        assert not group.folder.exists()


def test_the_whole_machine_and_the_data_directory_are_no_workspaces(tmp_path):
    with pytest.raises(InvalidInput, match="whole machine"):
        view([Path("/")], tmp_path)
    with pytest.raises(InvalidInput, match="data directory"):
        view([tmp_path], tmp_path)


def test_a_missing_sandbox_is_refused_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(choice, "_bubblewrap", lambda _: None)
    monkeypatch.setattr(choice.landlock, "version", lambda: 0)
    monkeypatch.setattr(choice, "_why", lambda _: "absent")
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(NotConfigured, match="apt-get install bubblewrap"):
        choose(settings)
    assert report(settings)[0] == "problem"
    weak = Settings(data_dir=tmp_path, sandbox_allow_weak=True)
    assert "rlimits" in choose(weak).name
    assert report(weak)[0] == "note"


def test_a_named_sandbox_that_is_absent_names_the_setting(monkeypatch, tmp_path):
    monkeypatch.setitem(choice._MAKERS, "bubblewrap", lambda _: None)
    monkeypatch.setattr(choice, "_why", lambda _: "absent")
    with pytest.raises(NotConfigured, match="PIPELINE_SANDBOX: bubblewrap does not work here: absent"):
        choose(Settings(data_dir=tmp_path, sandbox="bubblewrap"))


def test_limits_alone_are_refused_unless_they_are_allowed(tmp_path):
    with pytest.raises(NotConfigured, match="PIPELINE_SANDBOX_ALLOW_WEAK"):
        choose(Settings(data_dir=tmp_path, sandbox="rlimits"))


def test_doctor_is_told_the_layers(bubblewrap):
    verdict, text = report(Settings(sandbox="bubblewrap", data_dir=bubblewrap.data))
    assert verdict == "ok"
    assert text.startswith("bubblewrap+rlimits")
    assert [layer.name for layer in bubblewrap.sandbox.describe()][:2] == ["bubblewrap", "rlimits"]
