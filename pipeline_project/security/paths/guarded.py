"""Files that usually hold keys or decide what runs, known by their names.

A file named here is not refused: it is asked about. Refuses to look into files; a secret under an innocent name is
found by redaction, not here.
"""

import re
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePath
from typing import Final

_TEMPLATES: Final = ("example", "sample", "template", "tmpl", "dist", "defaults", "schema")
_NAMES: Final = (
    ("an environment file", (".env", ".env.*", "*.env", ".envrc")),
    ("a private key", ("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.ppk", "*_rsa")),
    ("a key store", ("*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.keytab", ".vault-token")),
    (
        "a file of credentials",
        (
            "credentials", "credentials.*", ".credentials*", ".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc",
            ".pgpass", ".my.cnf", ".git-credentials", ".htpasswd", ".dockercfg", "*credentials.json", "client_secret*",
            "service-account*.json", "service_account*.json", "secrets.yaml", "secrets.yml", "secrets.json",
            "secrets.toml", ".secrets*", "terraform.tfstate*", "*.tfvars", "*.tfvars.json", ".s3cfg", ".boto",
            "kubeconfig", "*.kubeconfig", "gha-creds-*.json", "*-adminsdk-*.json",
        ),
    ),
)  # fmt: skip
_FOLDERS: Final = {
    ".ssh": "a file of SSH",
    ".gnupg": "a key ring",
    ".aws": "a file of credentials",
    ".azure": "a file of credentials",
    "gcloud": "a file of credentials",
}
_PLACES: Final = {
    (".git", "config"): "a configuration of git, which may hold tokens and run commands",
    (".git", "config.worktree"): "a configuration of git, which may hold tokens and run commands",
    (".git", "commondir"): "a file that leads git to another configuration",
    (".git", "hooks"): "a hook, which git runs",
    (".docker", "config.json"): "a file of credentials",
    (".kube", "config"): "a file of credentials",
    (".config", "gh"): "a file of credentials",
}


_PATTERNS: Final = [(why, re.compile("|".join(map(translate, patterns)))) for why, patterns in _NAMES]
_HARMLESS: Final = (".pub", *(f".{ending}" for ending in _TEMPLATES))


def is_sensitive(path: PurePath) -> str | None:
    """What makes the file at `path` one to ask about ("a private key"), or None; letter case is ignored.

    Templates (`.env.example`) and public halves (`id_rsa.pub`) are not.
    """
    return _why(tuple(part.lower() for part in path.parts))


@lru_cache(maxsize=65_536)
def _named(name: str) -> str | None:
    return next((why for why, pattern in _PATTERNS if pattern.match(name)), None)


def _of_repository(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A path in the repository of a submodule or a linked worktree as one in `.git` itself."""
    for index, part in enumerate(parts):
        if part == ".git" and parts[index + 1 : index + 2] in (("modules",), ("worktrees",)):
            inner = parts[index + 3 :]
            while inner[:1] == ("modules",):  # a submodule's submodule
                inner = inner[2:]
            return (*parts[: index + 1], *inner) if inner else parts
    return parts


def _why(parts: tuple[str, ...]) -> str | None:
    name = parts[-1].rstrip("~") if parts else ""
    if name.endswith(_HARMLESS):
        return None
    parts = _of_repository(parts)
    for index, part in enumerate(parts[:-1]):
        found = _FOLDERS.get(part) or _PLACES.get((part, parts[index + 1]))
        if found is not None:
            return found
    return _named(name)
