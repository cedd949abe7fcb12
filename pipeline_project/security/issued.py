"""Credentials that say what they are by their beginning, as their issuers made them to be found.

The formats are those that the issuers publish for secret scanners (GitHub, GitLab, Slack, OpenAI, Anthropic, Google,
Stripe, npm, PyPI, Hugging Face) and RFC 7519's compact form. Refuses to guess at anything else by its look.
"""

import re
from typing import Final

from pipeline_project.security.sensitive import MARK

_BEGINNINGS: Final = (
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "xapp-", "sk-", "sk_live_", "rk_live_",
    "AIza", "npm_", "pypi-", "hf_", "eyJ", "hooks.slack.com/services/",
)  # fmt: skip
_ISSUED: Final = re.compile(
    r"(?<![A-Za-z0-9_\-])(gh[pousr]_(?=[A-Za-z0-9]{36})|github_pat_(?=\w{22})|glpat-(?=[\w\-]{20})"
    r"|xox[abeoprs]-(?=[A-Za-z0-9\-]{20})|xapp-(?=[A-Za-z0-9\-]{20})|[sr]k_live_(?=[A-Za-z0-9]{16})"
    r"|sk-(?:ant-|proj-|or-|svcacct-|admin-)(?=[\w\-]{20})|sk-(?=[A-Za-z0-9]{32})|AIza(?=[\w\-]{35})"
    r"|npm_(?=[A-Za-z0-9]{36})|pypi-(?=[\w\-]{50})|hf_(?=[A-Za-z0-9]{30}))[\w\-]+"
    r"|(hooks\.slack\.com/services/)[\w/]{20,}"
    r"|(?<![A-Za-z0-9_\-])(eyJ)[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]{8,}"
)


def hide_issued(text: str) -> str:
    """`text` with such credentials cut to their beginning."""
    if not any(beginning in text for beginning in _BEGINNINGS):
        return text
    return _ISSUED.sub(lambda found: f"{found[1] or found[2] or found[3]}{MARK}", text)
