"""`message convert|validate|repair|explain`: what becomes of a Messages request, without sending it.

The request itself goes to standard output as it is, nothing hidden, so that it can be piped on; remarks go to standard
error. A recorded request (`{path, headers, body}`) stands for its body and its anthropic-beta header.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.conversion import Loss, Target, convert_request, convert_request_back
from pipeline_project.errors import InvalidInput
from pipeline_project.validation import Finding, Repair, repair_request, validate_request
from pipeline_project.validation.registry import Endpoint, Provider
from pipeline_project.validation.report import readable

app = typer.Typer(no_args_is_help=True)

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A JSON file of a request, or - for standard input.")]
TargetOption = Annotated[Target | None, typer.Option(help="Whom the request is for; openai unless said.")]
ProviderOption = Annotated[Provider, typer.Option(help="By whose rules.")]
EndpointOption = Annotated[Endpoint | None, typer.Option(help="messages, unless a recorded path says otherwise.")]
BetaOption = Annotated[list[str] | None, typer.Option("--beta", help="A value of the anthropic-beta header.")]


class _Request(NamedTuple):
    """A body, and what came with it."""

    body: Any
    betas: tuple[str, ...]
    endpoint: Endpoint


@app.callback()
def message() -> None:
    """What becomes of a Messages request."""


@app.command()
def convert(
    file: FileArgument,
    target: TargetOption = None,
    back: Annotated[bool, typer.Option("--back", help="From chat completions to Messages.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The request as its target takes it; what is lost goes to standard error, or beside it with --json."""
    if back and target:
        raise InvalidInput("there is only one way back", where="--back", remedy="Leave out --target.")
    body = _read(file).body
    done = convert_request_back(body) if back else convert_request(body, target=target or "openai")
    if as_json:
        _show({"value": done.value, "losses": done.losses, "names": done.names})
        return
    _show(done.value)
    for loss in done.losses:
        screen.warn(_lost(loss))


@app.command()
def validate(
    file: FileArgument,
    provider: ProviderOption = "anthropic",
    endpoint: EndpointOption = None,
    beta: BetaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every finding about the request, a line each; exit 1 if one is an error."""
    request = _read(file)
    betas = (*request.betas, *(beta or ()))
    report = validate_request(request.body, provider=provider, endpoint=endpoint or request.endpoint, betas=betas)
    if as_json:
        _show({"ok": report.ok, "findings": [asdict(finding) for finding in report.findings]})
    else:
        for finding in report.findings:
            screen.say(_found(finding))
        screen.say(_count(report.findings, "finding"), style="green" if report.ok else "red")
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def repair(
    file: FileArgument,
    provider: ProviderOption = "anthropic",
    endpoint: EndpointOption = None,
    beta: BetaOption = None,
    as_json: JsonOption = False,
) -> None:
    """The mended request; what was changed goes to standard error. Exit 1 if an error is left."""
    request = _read(file)
    betas = (*request.betas, *(beta or ()))
    body, report = repair_request(request.body, provider=provider, endpoint=endpoint or request.endpoint, betas=betas)
    if as_json:
        repairs, findings = map(_as_dicts, (report.repairs, report.findings))
        _show({"value": body, "ok": report.ok, "repairs": repairs, "findings": findings})
    else:
        _show(body)
        for line in (*map(_repaired, report.repairs), *map(_found, report.findings)):
            screen.warn(line)
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def explain(file: FileArgument, target: TargetOption = None, as_json: JsonOption = False) -> None:
    """What is mended, found and lost on the way to the target, a line each: kind, path, what, why.

    The request is repaired first and converted then, so the paths of losses are those of the repaired request.
    Exit 1 if it cannot be converted.
    """
    request = _read(file)
    body, report = repair_request(request.body, endpoint=request.endpoint, betas=request.betas)
    refusal = None
    losses: list[Loss] = []
    try:
        losses = convert_request(body, target=target or "openai").losses
    except InvalidInput as error:
        refusal = str(error)
    if as_json:
        repairs, findings = map(_as_dicts, (report.repairs, report.findings))
        _show({"repairs": repairs, "findings": findings, "losses": losses, "refused": refusal})
    else:
        for line in (*map(_repaired, report.repairs), *map(_found, report.findings), *map(_lost, losses)):
            screen.say(line)
        if refusal is not None:
            screen.say(readable(f"refused   {refusal}"), style="red")
        counts = ((report.repairs, "repair"), (report.findings, "finding"), (losses, "loss"))
        screen.say(", ".join(_count(items, noun) for items, noun in counts))
    raise typer.Exit(0 if refusal is None else 1)


def _read(file: str) -> _Request:
    where = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=where) from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"is not valid JSON: {error}", where=where) from error
    if not isinstance(value, dict) or not isinstance(value.get("body"), dict) or "messages" in value:
        return _Request(value, (), "messages")
    headers = value.get("headers")
    pairs = headers.items() if isinstance(headers, dict) else ()
    betas = [str(header) for name, header in pairs if name.lower() == "anthropic-beta"]
    counts = "/count_tokens" in str(value.get("path"))
    names = tuple(name.strip() for header in betas for name in header.split(","))
    return _Request(value["body"], names, "count_tokens" if counts else "messages")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else _no_number(text)


def _show(value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:  # half a surrogate pair, or a narrow terminal
        text = json.dumps(value, indent=2)
    sys.stdout.write(text + "\n")


def _as_dicts(items: Iterable[Finding | Repair]) -> list[dict[str, Any]]:
    return [asdict(item) for item in items]


def _lost(loss: Loss) -> str:
    return readable(f"lost      {loss['path']}  {loss['what']}: {loss['why']}")


def _found(finding: Finding) -> str:
    return readable(f"{finding.severity:<9} {finding.path}  {finding.message} (rule {finding.rule}, {finding.source})")


def _repaired(repair: Repair) -> str:
    return readable(f"repaired  {repair.path}  {repair.message} (rule {repair.rule})")


def _count(items: Iterable[Any], noun: str) -> str:
    count = len(list(items))
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count or 'no'} {noun if count == 1 else plural}"
