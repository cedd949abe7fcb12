"""Programs that run other programs: one row each, with the reader of its arguments.

Refuses to be complete: a program that is not here runs only itself as far as rules can see, and the sandbox bounds it.
"""

from typing import Final

from pipeline_project.security.commands import containers, hosting, languages, launching, shells
from pipeline_project.security.commands.git import git
from pipeline_project.security.commands.inside import NOTHING, Inside, Reader
from pipeline_project.security.commands.launching import prefix, shell_text, subcommand
from pipeline_project.security.commands.script import Command


def unwrap(command: Command) -> Inside:
    """What `command` runs besides itself."""
    reader = READERS.get(_bare(command.name or ""))
    return reader(command.arguments, command) if reader else NOTHING


def _bare(name: str) -> str:
    """The name without its version: python3.11 is python."""
    stem = name.rstrip("0123456789.")
    return stem if stem in ("python", "pypy", "perl", "ruby", "node", "lua", "php", "bash") else name


_SUDO: Final = "ABbEeHklnPSsKVvig:h:p:C:D:R:r:T:t:U:u:"
_SUDO_LONG: Final = (
    "askpass background preserve-env[= edit set-home login non-interactive shell stdin user= group= host= prompt= "
    "close-from= chdir= chroot= role= type= command-timeout= reset-timestamp remove-timestamp list validate"
)
_LIMITS: Final = (
    "core[= data[= nice[= fsize[= sigpending[= memlock[= rss[= nofile[= msgqueue[= rtprio[= stack[= cpu[= nproc[= as[= "
    "locks[= rttime[= verbose raw noheadings"
)
_SHELLS: Final = ("sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh")

READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(_SHELLS, shells.shell),
    "eval": shells.evaluate,
    **dict.fromkeys(("source", "."), shells.source),
    "trap": shells.trap,
    "alias": shells.alias,
    "printf": shells.printf,
    **dict.fromkeys(
        ("export", "declare", "typeset", "readonly", "local", "read", "unset", "mapfile", "readarray"), shells.sets
    ),
    **dict.fromkeys(("getopts", "set", "wait"), shells.expression),
    **dict.fromkeys(("let", "test", "["), shells.expression),
    "enable": shells.strange(("-f", "loads a library")),
    "hash": shells.strange(("-p", "changes what a name runs")),
    "bind": shells.strange(("-x", "binds a command to a key"), ("-f", "reads bindings from a file")),
    "complete": shells.strange(("-C", "runs a command"), ("-F", "runs a function")),
    "compgen": shells.strange(("-C", "runs a command"), ("-F", "runs a function"), ("-W", "expands a text")),
    "fc": shells.strange(("-s", "runs a command of the history"), ("-e", "runs an editor")),
    "history": shells.strange(("-p", "expands a text")),
    # prefixes of the shell and coreutils
    "time": prefix(
        "pf:o:avqV", "portability format= output= append verbose quiet", sets=True, writes=("-o", "--output")
    ),
    "coproc": prefix(sets=True),
    "command": prefix("pvV", not_with="vV"),
    "builtin": prefix(),
    "exec": prefix("cla:"),
    "nohup": prefix(),
    "setsid": prefix("cfw", "ctty fork wait"),
    "nice": prefix("n:0123456789", "adjustment="),
    "ionice": prefix("c:n:p:P:u:t", "class= classdata= pid= ignore", not_with="pPu"),
    "chrt": prefix("abdfioRrmvT:P:D:p", operands=1, not_with="p"),
    "taskset": prefix("acp", "all-tasks cpu-list", operands=1, not_with="p"),
    "stdbuf": prefix("i:o:e:", "input= output= error="),
    "timeout": prefix("fpvs:k:", "foreground preserve-status verbose signal= kill-after=", operands=1),
    "env": launching.env,
    "xargs": launching.xargs,
    "find": launching.find,
    **dict.fromkeys(("fd", "fdfind"), launching.fd),
    # these change who runs it, or where
    "sudo": prefix(_SUDO, _SUDO_LONG, wrapper=False, sets=True, not_with="lKkvV"),
    "doas": prefix("C:Lnsa:u:", wrapper=False),
    "pkexec": prefix("", "user= disable-internal-agent keep-cwd", wrapper=False),
    "chroot": prefix("", "groups= userspec= skip-chdir", operands=1, wrapper=False),
    "unshare": prefix(
        "muinpUCTfrcS:G:R:w:l:", "mount uts ipc net pid user fork map-root-user root= wd=", wrapper=False
    ),
    "nsenter": prefix("at:muinpCUTr::w::FZ", "target= mount uts ipc net pid user root[= wd[= no-fork", wrapper=False),
    "setpriv": prefix("d", "no-new-privs clear-groups reuid= regid= groups=", wrapper=False),
    "strace": prefix("cCdDfFhiqrtTvVxyYzZkNnA:a:b:e:E:I:o:O:p:P:s:S:u:U:X:", "", wrapper=False, sets=True),
    "ltrace": prefix("cCfhilLrStTVa:A:D:e:F:l:n:o:p:s:u:w:x:X:", "", wrapper=False),
    "systemd-run": prefix("trGPqdSu:p:M:H:E:", "user scope unit= property= pty pipe wait collect quiet", wrapper=False),
    "bwrap": prefix("", "", wrapper=False),
    "busybox": prefix(),
    "toybox": prefix(),
    # these change its limits, its libraries, or what kind of machine it sees
    **dict.fromkeys(
        ("setarch", "linux32", "linux64", "i386", "x86_64"),
        prefix("RFXZLBIST3hv", "addr-no-randomize uname-2.6 verbose list show[="),
    ),
    "prlimit": prefix("c::d::e::f::i::l::m::n::q::r::s::t::u::v::x::y::", _LIMITS, not_with="p"),
    "choom": prefix("n:", "adjust=", not_with="p"),
    "uclampset": prefix("m:M:aRsv", "reset all-tasks system verbose", not_with="p"),
    "fakeroot": prefix("l:s:i:b:uv", "lib= faked= unknown-is-real", wrapper=False),
    **dict.fromkeys(("eatmydata", "chronic", "unbuffer", "torsocks", "tsocks", "ifne"), prefix("eiqpv")),
    "faketime": prefix("fmp", "exclude-monotonic date-prog=", operands=1),
    "rlwrap": prefix("acimnorRsvwA::b:C:D:e:f:g:H:l:M:O:p::P:q:S:t:z:", "", wrapper=False),
    **dict.fromkeys(("proxychains", "proxychains4"), prefix("qf:")),
    "valgrind": prefix(
        "qv", "tool= leak-check= show-leak-kinds= error-exitcode= log-file= quiet trace-children=", wrapper=False
    ),
    "catchsegv": prefix(),
    "systemd-inhibit": prefix("", "what= who= why= mode= list", wrapper=False),
    "cgexec": prefix("g:", "sticky", wrapper=False),
    **dict.fromkeys(("setuidgid", "envdir", "envuidgid"), prefix(operands=1, wrapper=False)),
    "chpst": prefix("vP012u:U:b:/:n:e:l:L:C:m:d:o:p:f:c:r:t:", wrapper=False),
    **dict.fromkeys(("gtimeout",), prefix("fpvs:k:", "foreground preserve-status signal= kill-after=", operands=1)),
    **dict.fromkeys(("gnice",), prefix("n:", "adjustment=")),
    "genv": launching.env,
    "gxargs": launching.xargs,
    "gfind": launching.find,
    "entr": prefix("acdnprsxz", wrapper=False),
    "dbus-run-session": prefix("", "dbus-daemon= config-file=", wrapper=False),
    "xvfb-run": prefix("ae:f:hn:lp:s:w:", "auto-servernum server-args= error-file=", wrapper=False),
    # these hand a text to a shell
    **dict.fromkeys(("su", "script"), launching.flagged_text),
    "runuser": launching.runuser,
    "watch": shell_text("bcCd::egn:pqtwx", "interval= differences[= no-title exec beep color errexit chgexit precise"),
    "flock": shell_text(
        "seoxnuw:E:cFv", "shared exclusive nonblock timeout= close command no-fork verbose", operands=1
    ),
    "parallel": shell_text("0j:kn:N:I:a:d:m", "jobs= keep-order dry-run bar eta halt= will-cite null"),
    "ssh": hosting.ssh,
    "hyperfine": shell_text("w:m:M:r:p:S:N", "warmup= min-runs= max-runs= runs= prepare= shell= export-json="),
    # a rule about these covers what they start
    "uv": subcommand("run", "tool run"),
    "uvx": subcommand(""),
    "npx": subcommand(""),
    "bunx": subcommand(""),
    "pnpm": subcommand("exec", "dlx"),
    "npm": subcommand("exec", "x"),
    "yarn": subcommand("exec", "dlx"),
    "poetry": subcommand("run"),
    "pipenv": subcommand("run"),
    "pdm": subcommand("run"),
    "hatch": subcommand("run"),
    "rye": subcommand("run"),
    "bundle": subcommand("exec"),
    "conda": subcommand("run"),
    "mise": subcommand("exec", "x"),
    "direnv": subcommand("exec"),
    "dotenv": subcommand("run", ""),
    **dict.fromkeys(("docker", "podman"), containers.containers),
    "coverage": subcommand("run"),
    # an option of these names a command
    "git": git,
    "tar": hosting.tar,
    **dict.fromkeys(("gmake", "make"), hosting.make),
    "rsync": hosting.naming("-e", "--rsh", "--rsync-path"),
    **dict.fromkeys(("scp", "sftp"), hosting.naming("-S", "-D")),
    "sort": hosting.naming("--compress-program"),
    "rg": hosting.naming("--pre", "--hostname-bin"),
    "zip": hosting.naming("-TT", "--unzip-command"),
    "man": hosting.naming("-P", "--pager", "-H", "--html"),
    "split": hosting.naming("--filter"),
    "tcpdump": hosting.naming("-z"),
    "socat": hosting.naming("-exec"),
    # code in other languages
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk", "original-awk"), languages.awk),
    **dict.fromkeys(("sed", "gsed"), languages.sed),
    **dict.fromkeys(("python", "pypy"), languages.interpreter("c", valued="WX")),
    "perl": languages.interpreter("eE", valued="I"),
    "ruby": languages.interpreter("e", valued="ICEr"),
    **dict.fromkeys(
        ("node", "nodejs"), languages.interpreter("ep", "--eval", "--print", "--require", "--import", valued="rC")
    ),
    **dict.fromkeys(("deno", "bun"), languages.interpreter("ep", "eval", "--eval", "--print", files=False)),
    "php": languages.interpreter("rBRE", valued="dczS"),
    "lua": languages.interpreter("e", valued="l"),
    **dict.fromkeys(("julia", "groovy", "scala", "elixir", "ghc", "octave"), languages.interpreter("eE", "--eval")),
    **dict.fromkeys(("pwsh", "powershell"), languages.interpreter("cCeE")),
    **dict.fromkeys(("Rscript", "R"), languages.interpreter("e", files=False)),
    **dict.fromkeys(("tclsh", "osascript", "expect"), languages.interpreter("ec")),
    **dict.fromkeys(
        ("vim", "vi", "nvim", "view", "vimdiff", "gvim", "rvim"), languages.editor("-c", "-S", "-s", "-e", "--cmd")
    ),
    **dict.fromkeys(("emacs", "emacsclient"), languages.editor("-e", "-f", "-l", "-s", "--")),
    "gdb": languages.editor("-e", "-x", "-c", "--e", "--command", "--args", "-ix", "-iex"),
    **dict.fromkeys(("less", "more", "most"), languages.editor()),
    # they take commands from their input, and `!` is one
    **dict.fromkeys(("ed", "ex", "dc", "m4", "gnuplot", "ftp", "at", "batch"), languages.editor(reads=True)),
    # programs whose dot or backslash commands run others
    "sqlite3": languages.editor("-cmd", "-init"),
    **dict.fromkeys(("mysql", "mariadb"), languages.editor("-e", "--execute", "--init-command")),
}
