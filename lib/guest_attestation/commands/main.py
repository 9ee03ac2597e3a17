"""The entry point of `guest-attestation`: parse the command line, run one command, end with its exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from guest_attestation import __version__
from guest_attestation.errors import ExitCode, GuestAttestationError, ToolFailure

_TARGET = "a parameters file, a snapshot folder, or the ARM id of a VM"
_LIVE_TARGET = "a parameters file, or the ARM id of a VM"
_CODES = "exit codes: 0 pass, 1 the tool failed, 2 bad input, 3 fail, 4 only warn or unknown"
_EXTRAS = {
    **dict.fromkeys(("azure", "filelock", "requests", "urllib3"), "azure"),
    "distributed": "cluster",
    "jupyterlab": "lab",
}
_CAPTURE_CODES = "exit codes: 0 something was read, 1 nothing was, 2 bad input or no such VM"


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words name; every error ends as one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(words)
    try:
        code = _command(arguments.command)(arguments)
        sys.stdout.flush()
        return int(code)
    except GuestAttestationError as error:
        return _ended(error)
    except BrokenPipeError:
        _discard_output()
        return ExitCode.TOOL_FAILED
    except OSError as error:
        _discard_output()
        return _ended(ToolFailure(str(error)))
    except KeyboardInterrupt:
        return _ended(ToolFailure("interrupted"))
    except ModuleNotFoundError as error:
        return _ended(_missing_extra(error, arguments.command))


def _discard_output() -> None:
    """Nobody can read what is left in the buffer: it must not fail once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ended(error: GuestAttestationError) -> int:
    from guest_attestation.commands.console import complain

    complain(error)
    return error.exit_code


def _missing_extra(error: ModuleNotFoundError, command: str) -> ToolFailure:
    """Name the extra that brings a missing package; anything else that is missing is a fault of ours."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRAS.get(package, "notebooks")
    if package == "guest_attestation":
        raise error
    return ToolFailure(f"{command} needs {package}, which is not installed: pip install 'guest-attestation[{extra}]'")


def _command(name: str) -> Callable[[argparse.Namespace], ExitCode]:
    """Import a command only when it is asked for: none pays for what another needs."""
    if name == "diagnose":
        from guest_attestation.commands.diagnose import diagnose_command

        return diagnose_command
    if name == "capture":
        from guest_attestation.commands.capture import capture_command

        return capture_command
    from guest_attestation.commands.run import run_command

    return run_command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="guest-attestation",
        description="Find out why an Azure Trusted Launch VM cannot attest its boot.",
        epilog=_CODES,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run every notebook on an incident and keep the evidence", epilog=_CODES)
    run.add_argument("--offline", action="store_true", help="never ask Azure: use what is recorded")
    capture = commands.add_parser("capture", help="record a VM from Azure, and nothing more", epilog=_CAPTURE_CODES)
    capture.add_argument("target", metavar="TARGET", help=_LIVE_TARGET)
    for command in (run, capture):
        command.add_argument("--snapshot", metavar="DIR", help="folder of the recorded answers")
        command.add_argument(
            "--output", metavar="DIR", help="where <incident>/ is made (default: outputs/ of the project)"
        )
        command.add_argument("--refresh", action="store_true", help="read everything anew, not only what is missing")
        command.add_argument("--cloud", metavar="NAME", help="AzureCloud (default), AzureUSGovernment, AzureChinaCloud")
    diagnose = commands.add_parser("diagnose", help="print the verdict, and write nothing", epilog=_CODES)
    diagnose.add_argument("--json", action="store_true", help="print verdict.json")
    for command in (run, diagnose):
        command.add_argument("target", metavar="TARGET", help=_TARGET)
        command.add_argument("--vm", metavar="ID|NAME", help="which VM of a snapshot that holds several")
    return parser


if __name__ == "__main__":
    sys.exit(main())
