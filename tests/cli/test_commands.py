"""`docs/commands.md` is what `--help` says: every command and option has words, and none is missing there.

To write it anew after a change: `.venv/bin/python tests/cli/test_commands.py > docs/commands.md`
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from ocop.trace import cli, cli_errors

ROOT = Path(__file__).parents[2]
HEAD = """# Commands

What `ocop-trace` can do, as its `--help` has it. Settings come from the environment (`OCOP_*`, see the README). With
`--json` a command gives one JSON object, the lists (`key list`, `ledger list`, `chips list`, `chips plans`,
`chips seal`, `chips master list`, `station list`, `demo`) one a line. Questions are asked on a terminal only; a script
has decided already.
"""


def commands(command: Any = None, path: str = "ocop-trace") -> Iterator[tuple[str, Any]]:
    """(words, command) of every command that is not hidden."""
    command = command or typer.main.get_command(cli.app)
    for name, each in getattr(command, "commands", {}).items():
        if hasattr(each, "commands"):
            yield from commands(each, f"{path} {name}")
        elif not each.hidden:
            yield f"{path} {name}", each


def names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    value = "" if parameter.is_flag else f" {parameter.name.rstrip('_').upper()}"
    return f"`{parameter.opts[0]}{value}`"


def explained(parameter: Any) -> str:
    needed = " Needed." if parameter.required else ""
    default = parameter.default
    shown = not (parameter.required or parameter.is_flag if hasattr(parameter, "is_flag") else True)
    kept = f" Default: {getattr(default, 'value', default)}." if shown and default not in (None, "") else ""
    return f"{parameter.help}{needed}{kept}"


def exit_codes() -> str:
    """The table of the module's docstring."""
    return "\n".join(line for line in (cli.__doc__ or "").splitlines() if line.startswith("|"))


def page() -> str:
    """The whole of `docs/commands.md`."""
    parts = [HEAD, "## Exit codes\n", exit_codes(), ""]
    for path, command in commands():
        parts += [f"## {path}\n", re.sub(r"\s+", " ", command.help).strip() + "\n"]
        rows = [f"| {names(one)} | {explained(one)} |" for one in command.params if one.name != "help"]
        parts += ["| | |", "|---|---|", *rows, ""] if rows else []
    return "\n".join(parts)


def test_every_command_and_option_says_what_it_is_for() -> None:
    found = dict(commands())
    assert {path.removeprefix("ocop-trace ") for path in found} >= {
        "init", "demo", "serve", "upgrade", "key add", "key list", "key withdraw", "register", "issue", "labels",
        "stocks", "release", "hold", "unhold", "withdraw", "recall", "undo", "verify", "ledger check", "ledger list",
        "backup", "restore", "chips master add", "chips master list", "chips plan", "chips plans", "chips close",
        "chips seal",
        "chips list", "chips void", "chips replace", "station add", "station list", "station revoke",
    }  # fmt: skip
    for path, command in found.items():
        assert command.help, path
        for parameter in command.params:
            assert parameter.help, (path, parameter.name)
            assert parameter.help.endswith("."), (path, parameter.name)


def test_the_page_of_commands_is_what_help_says() -> None:
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == page()


def test_every_exit_code_that_is_given_is_documented() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", exit_codes(), re.MULTILINE)}
    given = {code for _, code in cli_errors.CODES}
    for source in (ROOT / "trace").glob("cli*.py"):
        text = source.read_text("utf-8")
        given |= {int(code) for code in re.findall(r"(?:code=|Exit\(|SystemExit\()(\d+)", text)}
    assert given <= documented
    assert documented == {0, 1, 2, 3, 4, 5, 130}


def test_the_readme_names_only_commands_that_there_are() -> None:
    known = {path.removeprefix("ocop-trace ").split()[0] for path, _ in commands()}
    assert (
        set(re.findall(r"^ocop-trace ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
        <= known
    )


if __name__ == "__main__":
    print(page(), end="")


def test_no_command_waits_for_what_only_labels_pictures_and_workbooks_need() -> None:
    look = "import sys, ocop.trace.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"numpy", "reportlab", "openpyxl"} & set(done.stdout.split())
