"""What a shell command line would run, read and write, and what rules say to it.

`parse` sees every simple command, however it is nested or wrapped; `judge` holds them against rules; `is_read_only`,
`read_paths` and `written_paths` say what they touch. Refuses to be a sandbox: a program that was started does what it
wants, which only a sandbox bounds.
"""

from pipeline_project.security.commands.judgement import Judgement, judge, judge_script
from pipeline_project.security.commands.matching import overlap
from pipeline_project.security.commands.parsing import parse
from pipeline_project.security.commands.reading import is_read_only
from pipeline_project.security.commands.script import HOLE, Assignment, Command, Redirection, Script, Word
from pipeline_project.security.commands.touching import Touched, read_paths, touched, written_paths

__all__ = [
    "HOLE",
    "Assignment",
    "Command",
    "Judgement",
    "Redirection",
    "Script",
    "Touched",
    "Word",
    "is_read_only",
    "judge",
    "judge_script",
    "overlap",
    "parse",
    "read_paths",
    "touched",
    "written_paths",
]
