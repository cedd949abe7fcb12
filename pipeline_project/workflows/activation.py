"""Makes a draft a workflow: its file appears in one move, and a running code location is asked to read it.

Refuses to replace a workflow of the same id that has other content, unless it is told that this is an update, and a
draft that is not any more what was checked and shown.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from pipeline_project import settings
from pipeline_project.errors import Conflict, InvalidDefinition
from pipeline_project.persistence import engine
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows import drafted_file, drafts, load
from pipeline_project.workflows.check import check
from pipeline_project.workflows.drafts import Draft
from pipeline_project.workflows.effects_outside import permissions
from pipeline_project.workflows.models import WorkflowDefinition

_SECONDS = 10.0
_MODULE = "pipeline_project.definitions"
"""What workspace.yaml and `dagster dev -m` load; without a name of its own the location is called so."""
_LOCATIONS = "query { repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }"
_RELOAD = (
    "mutation Reload($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) "
    "{ __typename ... on WorkspaceLocationEntry { name locationOrLoadError { __typename } } } }"
)


@dataclass(frozen=True)
class Activated:
    """Where the workflow is now, and a sentence on whether a running UI shows it."""

    draft: Draft
    path: Path
    reloaded: bool
    note: str


def activate(draft_id: str, actor: str, *, replace: bool = False, database: Database | None = None) -> Activated:
    """Write the draft's workflow file and reload what runs. `draft_id`: its beginning is enough.

    Raises NotFound, Conflict (decided otherwise, or the id or its file is taken), InvalidDefinition, StoreError.
    """
    store = database or engine.default()
    with drafted_file.alone():
        draft = drafts.find(store, draft_id)
        definition = _as_drafted(draft)
        path = drafted_file.place_of(definition, replace=replace)
        text = f"# Generated from draft {draft.id}.\n{drafted_file.text_of(definition)}"
        with drafted_file.appearing(path, text):
            drafts.settle(store, draft.id, "active", actor=actor)
    reloaded, note = reload_location()
    return Activated(drafts.find(store, draft.id), path, reloaded, note)


def _as_drafted(draft: Draft) -> WorkflowDefinition:
    """What was drafted. Raises Conflict (discarded), InvalidDefinition where it is not what a person was shown."""
    if draft.state == "discarded":
        raise Conflict(f"it was discarded by {draft.decided_by}", where=f"draft {draft.id}")
    report = check(draft.definition)
    problem = load.summary(report)
    if report.definition is not None and report.ok:  # the steps, or what they do, may have changed since
        if report.definition.content_hash != draft.content_hash:
            problem = "its steps are not those that were drafted"
        elif permissions(report.definition) != draft.permissions:
            problem = "what it does outside is rated differently now than when it was drafted"
        else:
            return report.definition
    raise InvalidDefinition(problem, where=f"draft {draft.id}", remedy="Generate it anew.")


def reload_location() -> tuple[bool, str]:
    """Ask the Dagster UI of PIPELINE_DAGSTER_URL to load the definitions anew; (whether it did, a sentence on it)."""
    url = settings.load().dagster_url.rstrip("/")
    try:
        with httpx.Client(base_url=url, timeout=_SECONDS, trust_env=False) as client:
            nodes = _asked(client, _LOCATIONS, {})["repositoriesOrError"].get("nodes") or []
            found = {node["location"]["name"] for node in nodes}
            names = sorted(found & _own_locations())
            for name in names:
                answer = _asked(client, _RELOAD, {"name": name})["reloadRepositoryLocation"]
                if (answer.get("locationOrLoadError") or {}).get("__typename") != "RepositoryLocation":
                    return False, f"The Dagster UI at {url} could not load {name} anew; look at its Deployment page."
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False, f"No Dagster UI answers at {url}; one that starts later shows it. `workflow run` works now."
    if not names:
        return False, f"The Dagster UI at {url} has no code location of this product; reload it there by hand."
    return True, f"The Dagster UI at {url} shows it now."


def _own_locations() -> set[str]:
    """How this product's code location may be called: its module, or the name that ./workspace.yaml gives it."""
    names = {_MODULE}
    try:
        loads = yaml.safe_load(Path("workspace.yaml").read_text(encoding="utf-8"))["load_from"]
        modules = [entry["python_module"] for entry in loads if "python_module" in entry]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return names  # none here: the UI was started elsewhere, under the default name
    for module in modules:
        if isinstance(module, dict) and module.get("module_name") == _MODULE:
            names.add(str(module.get("location_name") or _MODULE))
    return names


def _asked(client: httpx.Client, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    answer.raise_for_status()
    data = answer.json()["data"]
    if not isinstance(data, dict):
        raise ValueError("the answer holds no data")
    return data
