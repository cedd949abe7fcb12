"""Dagster's door: everything the product brings to a code location, merged. Nothing else happens here."""

from pipeline_project.observability import logs
from pipeline_project.workflows.defs import definitions

logs.configure()

defs = definitions()
