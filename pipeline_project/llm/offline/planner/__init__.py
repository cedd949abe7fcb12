"""Turns a sentence into a workflow definition, by a grammar of clauses: what arrives, on which condition, what to do.

English and German. Refuses a clause it does not understand by quoting it; it never leaves one out.
"""

from pipeline_project.llm.offline.planner.answer import answer, is_asked
from pipeline_project.llm.offline.planner.build import Draft, plan
from pipeline_project.llm.offline.planner.sentence import NotUnderstood

__all__ = ["Draft", "NotUnderstood", "answer", "is_asked", "plan"]
