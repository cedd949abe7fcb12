"""The definitions as an asset, so that a broken file shows as a failed check beside the jobs that did load."""

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetSelection,
    MaterializeResult,
    MetadataValue,
    asset,
    asset_check,
    define_asset_job,
)

from pipeline_project.workflows.load import load_default, summary


@asset(group_name="workflows", description="The workflow files: the shipped templates and PIPELINE_WORKFLOWS_DIR")
def workflow_definitions() -> MaterializeResult:
    """What the files hold now."""
    catalog = load_default()
    rows = [f"| {key} | {item.title} | {len(item.steps)} |" for key, item in sorted(catalog.definitions.items())]
    table = "\n".join(["| id | name | steps |", "|---|---|---|", *rows])
    return MaterializeResult(
        metadata={
            "workflows": len(catalog.definitions),
            "broken files": len(catalog.broken),
            "table": MetadataValue.md(table),
        }
    )


@asset_check(asset=workflow_definitions, description="Every workflow file can be read and compiled")
def workflow_files_are_valid() -> AssetCheckResult:
    """Every problem of every file, by path."""
    broken = load_default().broken
    problems = {str(source.path): summary(source.report) for source in broken}
    return AssetCheckResult(
        passed=not broken,
        severity=AssetCheckSeverity.ERROR,
        description="; ".join(f"{path}: {text}" for path, text in problems.items()) or "all files are valid",
        metadata={"problems": MetadataValue.json(problems)},
    )


check_workflows = define_asset_job(
    "check_workflows",
    selection=AssetSelection.assets(workflow_definitions) | AssetSelection.checks_for_assets(workflow_definitions),
    description="Reads every workflow file and reports all problems",
)
