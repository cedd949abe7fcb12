"""Containers: what `docker run`, `exec` and `compose run` start inside one (docs.docker.com/reference/cli).

A rule about the container program covers it. Refuses to guess: beside an option that is not known each word may be it.
"""

from typing import Final

from pipeline_project.security.commands.inside import Inside
from pipeline_project.security.commands.launching import subcommand
from pipeline_project.security.commands.options import Options
from pipeline_project.security.commands.script import Command, Word

_STARTS: Final = Options(
    "itdqPTe:v:p:w:u:l:h:m:c:a:",
    "interactive tty detach rm init privileged read-only publish-all quiet no-healthcheck oom-kill-disable sig-proxy[= "
    "env= env-file= volume= volumes-from= publish= workdir= user= name= network= net= hostname= label= label-file= "
    "memory= memory-swap= cpus= cpu-shares= cpuset-cpus= entrypoint= platform= pull= restart= runtime= mount= tmpfs= "
    "add-host= dns= device= gpus= cap-add= cap-drop= security-opt= shm-size= ulimit= ipc= pid= userns= uts= expose= "
    "group-add= ip= link= log-driver= log-opt= mac-address= stop-signal= stop-timeout= storage-opt= sysctl= cgroupns= "
    "annotation= attach= cidfile= detach-keys= health-cmd= isolation= index= no-deps no-TTY service-ports use-aliases "
    "build remove-orphans",
)
_FIRST: Final = (("run",), ("exec",), ("container", "run"), ("container", "exec"), ("compose", "run"),
                 ("compose", "exec"))  # fmt: skip
_ANY: Final = subcommand(*(" ".join(names) for names in _FIRST))


def containers(words: tuple[Word, ...], command: Command) -> Inside:
    """The command behind the image or the container."""
    texts = tuple(word.text for word in words)
    names = next((names for names in _FIRST if texts[: len(names)] == names), None)
    if names is None:
        return Inside(covers=True)
    given = _STARTS.read(words[len(names) :])
    if given.unknown is not None:
        return _ANY(words, command)
    inner = given.operands[1:]
    entry = given.values("--entrypoint")
    started = ((*entry, *inner),) if entry else (inner,) if inner else ()
    return Inside(started, covers=True)
