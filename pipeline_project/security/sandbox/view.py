"""What a command may see of this machine beside its workspace: the system's programs and toolchains, read-only.

Everything else is absent rather than masked: other home folders, /var, /run with its sockets, mounted disks. Inside
what is visible, files that hold secrets are hidden: those of the system, the product's data directory, and the
credentials in a home folder that happens to be part of the workspace.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline_project.errors import InvalidInput

_SYSTEM = ("/usr", "/etc", "/opt", "/nix", "/gnu", "/snap", "/home/linuxbrew/.linuxbrew")
_LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Links into /usr on most systems, folders on others."""
_TOOLCHAINS = (
    ".pyenv",
    ".rbenv/versions",
    ".rbenv/shims",
    ".nvm",
    ".volta",
    ".asdf",
    ".cargo/bin",
    ".rustup",
    ".sdkman/candidates",
    ".deno/bin",
    ".bun/bin",
    ".local/bin",
    ".local/lib",
    ".local/share/uv",
    ".local/share/pipx",
    ".local/share/mise",
    ".local/share/fnm",
    ".local/share/pnpm",
    "go/bin",
    "go/pkg",
    "miniconda3",
    "anaconda3",
    "miniforge3",
)
_SYSTEM_SECRETS = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssl/private",
    "/etc/pki/tls/private",
    "/etc/letsencrypt",
    "/etc/krb5.keytab",
    "/etc/wireguard",
    "/etc/NetworkManager/system-connections",
    "/etc/docker",
    "/etc/kubernetes",
    "/etc/rancher",
    "/etc/security/opasswd",
    "/etc/environment",
)
_HOME_SECRETS = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".config/gcloud",
    ".config/gh",
    ".config/op",
    ".config/rclone",
    ".config/google-chrome",
    ".config/chromium",
    ".mozilla",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
    ".config/git/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".password-store",
    ".local/share/keyrings",
    ".vault-token",
    ".terraform.d",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".claude",
    ".claude.json",
    ".codex",
)


@dataclass(frozen=True)
class View:
    """Real absolute paths. `readable`: folders a command may read and run. `links`: link → target as it is written.

    `hidden`: paths inside what is readable or writable that it may not read. `writable`: the workspace.
    """

    readable: tuple[Path, ...]
    links: tuple[tuple[str, str], ...]
    writable: tuple[Path, ...]
    hidden: tuple[Path, ...]


def view(roots: Sequence[Path], data_dir: Path) -> View:
    """What commands in `roots` may see. Raises InvalidInput for a workspace that is the whole machine or the data."""
    writable = tuple(sorted({root.resolve() for root in roots}))
    private = data_dir.resolve()
    for root in writable:
        if root == Path("/"):
            raise InvalidInput("is the whole machine", where="/", remedy="Name a folder as the workspace.")
        if root == private:
            raise InvalidInput("is the data directory", where=str(root), remedy="Name another folder as the workspace.")
    readable = tuple(path for path in (*_system(), *_environments(writable)) if not _inside(path, writable))
    secrets = [private, *_secrets()]
    hidden = tuple(
        path for path in secrets if _inside(path, (*readable, *writable)) and not any(path == root for root in writable)
    )
    return View(readable=readable, links=_links(), writable=writable, hidden=_outermost(hidden, writable))


def _outermost(hidden: Sequence[Path], writable: Sequence[Path]) -> tuple[Path, ...]:
    """Without what lies in something hidden already, unless a workspace in between makes it visible again."""

    def covered(path: Path) -> bool:
        between = [root for root in writable if path.is_relative_to(root)]
        above = (other for other in hidden if other != path and path.is_relative_to(other))
        return any(not any(root.is_relative_to(other) for root in between) for other in above)

    return tuple(sorted({path for path in hidden if path.exists() and not covered(path)}))


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


@cache
def _links() -> tuple[tuple[str, str], ...]:
    return tuple((name, str(Path(name).readlink())) for name in _LINKED if Path(name).is_symlink())


@cache
def _system() -> tuple[Path, ...]:
    """The system's folders and the toolchains in the home folder, outermost only."""
    home = Path.home()
    named = [*_SYSTEM, *(name for name in _LINKED if not Path(name).is_symlink())]
    named += [str(home / name) for name in _TOOLCHAINS]
    named += [str(path) for entry in os.environ.get("PATH", "").split(":") if (path := _toolchain(entry, home))]
    named += [sys.prefix, sys.base_prefix, sys.exec_prefix]
    found = {Path(name).resolve() for name in named if Path(name).is_dir()}
    found = {path for path in found if not home.is_relative_to(path)}
    return tuple(
        sorted(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))
    )


def _toolchain(entry: str, home: Path) -> Path | None:
    """The folder to show for one of PATH: a whole virtual environment, else the folder itself."""
    folder = Path(entry)
    if not folder.is_absolute() or not folder.is_dir() or home.is_relative_to(folder):
        return None
    return folder.parent if (folder.parent / "pyvenv.cfg").is_file() else folder


def _environments(roots: Sequence[Path]) -> tuple[Path, ...]:
    """The installations that virtual environments in the workspace stand on."""
    found = []
    for configuration in (root / name / "pyvenv.cfg" for root in roots for name in (".venv", "venv")):
        if not configuration.is_file():
            continue
        for line in configuration.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition("=")
            prefix = Path(value.strip()).parent
            if key.strip() == "home" and _is_python(prefix):
                found.append(prefix.resolve())
    return tuple(path for path in found if not _inside(path, _system()))


def _is_python(prefix: Path) -> bool:
    """Whether this is an installation of Python and nothing wider: the file that names it can be forged."""
    return bool(list(prefix.glob("lib/python3*/os.py"))) and not Path.home().is_relative_to(prefix)


@cache
def _secrets() -> tuple[Path, ...]:
    keys = Path("/etc/ssh").glob("*_key") if Path("/etc/ssh").is_dir() else ()
    named = [*map(Path, _SYSTEM_SECRETS), *keys, *(Path.home() / name for name in _HOME_SECRETS)]
    # what this user cannot read, a command of this user cannot either
    return tuple(path.resolve() for path in named if path.exists() and os.access(path, os.R_OK))
