"""Sensitive files are known by their names, and templates are not taken for them."""

from pathlib import PurePath

import pytest

from pipeline_project.security.paths import is_sensitive


@pytest.mark.parametrize(
    "path",
    [
        ".env", "a/.env", ".env.local", ".env.production", "prod.env", ".ENV", ".env~", ".envrc", "id_rsa",
        "keys/id_ed25519",
        "server.pem", "tls/private.key", "x.p12", "store.jks", "passwords.kdbx", ".netrc", "_netrc", ".npmrc",
        ".pypirc",
        ".pgpass", ".git-credentials", "credentials", "credentials.json", ".aws/credentials", ".aws/config",
        ".ssh/config",
        ".ssh/anything", ".gnupg/secring.gpg", ".git/config", ".git/hooks/pre-commit", "sub/.git/config",
        ".docker/config.json",
        ".kube/config", "secrets.yaml", "service-account-prod.json", "terraform.tfstate", ".config/gh/hosts.yml",
        ".htpasswd", ".git/modules/lib/config", ".git/modules/lib/hooks/pre-commit", ".git/worktrees/a/config.worktree",
        ".git/modules/lib/modules/inner/config", ".git/commondir", ".git/worktrees/a/commondir", "prod.tfvars",
        "kubeconfig", ".s3cfg", "gha-creds-1a2b.json", "my-adminsdk-1.json",
    ],
)  # fmt: skip
def test_files_of_keys_are_sensitive(path):
    assert is_sensitive(PurePath(path))


@pytest.mark.parametrize(
    "path",
    [
        ".env.example", ".env.sample", ".env.template", ".env.dist", "id_rsa.pub", ".ssh/id_rsa.pub", "environment.py",
        "env", "src/keys.py", "tokens.md", "config.json", ".gitignore", ".github/workflows/ci.yml", "monkey.txt",
        "src/credentials_form.tsx", "secrets.py", ".git/HEAD", ".git/modules/lib/HEAD", ".git/modules",
        "README.md", "package.json", "",
    ],
)  # fmt: skip
def test_ordinary_files_and_templates_are_not(path):
    assert is_sensitive(PurePath(path)) is None
