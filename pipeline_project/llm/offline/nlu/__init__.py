"""Rules that read a text as a clerk would at first sight: what it wants, about what, how urgent, who and what is named.

English first, German second; of French and Spanish the language alone is told. Refuses to pretend: the confidence says
how far the signs agree.
"""

from pipeline_project.llm.offline.nlu.analysis import Analysis, analyse
from pipeline_project.llm.offline.nlu.entities import Entity
from pipeline_project.llm.offline.nlu.tasks import Task

__all__ = ["Analysis", "Entity", "Task", "analyse"]
