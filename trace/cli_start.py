"""What `ocop-trace` calls: the commands are loaded while the collector rests, which saves a quarter of the start."""

import gc


def main() -> None:
    """Console entry point."""
    gc.disable()
    from ocop.trace.cli import main as run

    # What is loaded now stays until the end.
    gc.freeze()
    gc.enable()
    run()
