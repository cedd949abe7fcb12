"""Dagster's door: everything the product brings to a code location, merged. Nothing else happens here."""

from dagster import Definitions

from pipeline_project.agents.defs import definitions as agents
from pipeline_project.gateway.defs import definitions as messages
from pipeline_project.observability import logs
from pipeline_project.tools.defs import definitions as tools
from pipeline_project.workflows.defs import definitions as workflows

logs.configure()

defs = Definitions.merge(workflows(), messages(), tools(), agents())
