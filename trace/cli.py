"""The command line of the service: `ocop-trace`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


def main() -> None:
    """Console entry point."""
    app()
