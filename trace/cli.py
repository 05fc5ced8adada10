"""The command line of the service: `ocop-trace`.

Every command answers in sentences; `--json` answers in JSON where a script would want it. Exit codes:

| code | meaning |
|---|---|
| 0 | done; `verify`: the code was issued and nothing speaks against it |
| 1 | `verify`: the answer is another one; `ledger check`, `audit check`: not in order |
| 2 | the command's words are off (unknown option, missing argument) |
| 3 | bad input: a setting, a file, a link, a number that can't be used |
| 4 | refused: it would break a rule (a lot twice, a serial printed before, another realm, an old schema) |
| 5 | the database, the disk or the keystore can't be used now |
| 130 | interrupted |

Errors go to standard error as `ocop-trace: what was expected, what was got`, with a hint on the next line.
"""

import sys
from collections.abc import Callable
from typing import NoReturn

import typer
from ocop.trace import (
    cli_acts,
    cli_chips,
    cli_import,
    cli_keys,
    cli_labels,
    cli_people,
    cli_proxy,
    cli_serve,
    cli_stations,
    cli_store,
    cli_verify,
)
from ocop.trace.cli_errors import code_and_text

app = typer.Typer(
    name="ocop-trace",
    help="Định danh và truy xuất sản phẩm OCOP: một mã kiểm được, một câu chuyện của người làm.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (
    cli_store,
    cli_keys,
    cli_acts,
    cli_import,
    cli_labels,
    cli_people,
    cli_proxy,
    cli_chips,
    cli_stations,
    cli_verify,
    cli_serve,
):
    part.add_to(app)

INTERRUPTED = 130


def fail(error: BaseException) -> NoReturn:
    """Say what is wrong in a sentence, with a hint where there is one, and leave with the documented code."""
    code, text, hint = code_and_text(error)
    print(f"ocop-trace: {text}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)
    raise SystemExit(code) from None


def main(run: Callable[[], object] = app) -> None:
    """Console entry point."""
    try:
        run()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("ocop-trace: interrupted; nothing half done was kept", file=sys.stderr)
        raise
    except Exception as error:  # noqa: BLE001  the edge: whatever is left becomes a sentence, not a trace
        fail(error)
