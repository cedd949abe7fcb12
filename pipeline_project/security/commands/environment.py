"""Variables that change what programs run or load.

Refuses to list every program's variables: it names those of the shell, the loader and the common tools.
"""

import re

_DANGEROUS = re.compile(
    r"PATH|IFS|ENV|BASH_ENV|BASHOPTS|SHELLOPTS|SHELL|PS[0-4]|PROMPT_COMMAND|CDPATH|HOME|EXECIGNORE|GLOBIGNORE|HISTFILE"
    r"|LD_.*|DYLD_.*|GCONV_PATH|NLSPATH|LOCPATH|MALLOC_.*|GLIBC_TUNABLES|BASH_FUNC_.*|BASH_LOADABLES_PATH"
    r"|GIT_.*|SSH_.*|RSYNC_.*|CVS_RSH|SVN_.*|HG.*|PAGER|.*_PAGER|MANPAGER|MANOPT|EDITOR|VISUAL|.*_EDITOR|BROWSER|LESS.*"
    r"|PYTHON(?!UNBUFFERED|DONTWRITEBYTECODE|HASHSEED|IOENCODING|UTF8).*|PERL5.*|PERLLIB|PERL_.*|RUBY.*|GEM_.*"
    r"|BUNDLE_.*|NODE_(?!ENV$).*|NPM_CONFIG_.*|npm_config_.*|YARN_.*|DENO_.*|BUN_.*|PHP.*|LUA_.*|JAVA_.*|_JAVA_.*|JDK_.*"
    r"|CLASSPATH|MAVEN_.*|GRADLE_.*|ANT_.*|SBT_.*|MAKE.*|GNUMAKEFLAGS|MFLAGS|CC|CXX|CPP|LD|AR|CARGO_.*|RUSTC.*|RUSTFLAGS"
    r"|GOFLAGS|GOPROXY|GOENV|GOROOT|GOPATH|GOTOOLCHAIN|CMAKE_.*|PYTEST_(ADDOPTS|PLUGINS)|TOX_.*|PIP_.*|UV_.*|CONDA_.*"
    r"|VIRTUAL_ENV|DOCKER_.*|KUBECONFIG|AWS_.*|XDG_.*|TAR_OPTIONS|GZIP|ZIPOPT|UNZIP|RIPGREP_CONFIG_PATH|GREP_OPTIONS|FZF_.*"
    r"|WGETRC|CURL_HOME|NETRC|(?i:https?_proxy|all_proxy|ftp_proxy)|TMPDIR|TERMINFO.*|TERMCAP|TERMPATH"
)


def dangerous(name: str) -> bool:
    """Whether setting this variable can make a program run or load something else."""
    return _DANGEROUS.fullmatch(name.rstrip("+").partition("[")[0]) is not None
