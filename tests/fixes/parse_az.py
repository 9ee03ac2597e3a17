"""Run by azure-cli's own Python: reads argument lists from standard input, and parses each without running it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from azure.cli.core import get_default_cli
from azure.cli.core.azclierror import AzCLIError
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS


class _Parsed(BaseException):
    """Raised when the arguments are parsed, before anything is done with them."""


def _stop(_: object, args: object, **__: object) -> None:
    raise _Parsed(args)


def parsed(cli: Any, arguments: list[str]) -> dict[str, Any]:
    """Return what the arguments mean to azure-cli, or what it says against them."""
    cli.invocation = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            cli.invocation.execute(arguments)
    except _Parsed as it:
        return {name: _plain(value) for name, value in vars(it.args[0]).items() if not name.startswith("_log")}
    except AzCLIError as error:
        return {"error": str(error)}
    except SystemExit:
        return {"error": said.getvalue()}
    return {"error": "it was run"}


def _plain(value: Any) -> Any:
    """Unwrap what azure-cli keeps of an argument until it builds the request."""
    operations = getattr(value, "_ops", None)
    return operations[-1][1] if operations else value


if __name__ == "__main__":
    azure = get_default_cli()
    azure.register_event(EVENT_INVOKER_POST_PARSE_ARGS, _stop)
    answers = [parsed(azure, it) for it in json.load(sys.stdin)]
    print(json.dumps(answers, default=str))  # noqa: T201
