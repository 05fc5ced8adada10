"""`ocop-trace` with its modules loaded: each call is a fork, for tests that are not about how the program starts.

A start costs a second of CPU, a server's two; the suite starts some hundred. `python warm.py SOCKET` loads everything,
says so in a line, and answers calls at that Unix socket until it is ended. `CALLER` is the program that tests call in
place of `ocop-trace`: it hands its words, environment, folder, umask and standard files over, passes signals on, and
ends as the fork ended. When it is killed, the fork is. What tests of starting, of several workers and of memory
call is the program itself.

A call is four bytes, the length of what follows, with the three files; then a marshalled (words, environment, folder,
umask). Back come the two bytes of a wait status.
"""

import array
import atexit
import contextlib
import gc
import marshal
import os
import random
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

CALLER = """#!{python} -IS
import _socket, array, marshal, os, signal, sys
line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
line.connect({socket!r})
for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(one, lambda number, _: line.send(bytes([number])))
mask = os.umask(0)
call = marshal.dumps((sys.argv[1:], dict(os.environ), os.getcwd(), mask))
files = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
line.sendmsg([len(call).to_bytes(4, "big")], files)
line.sendall(call)
status = int.from_bytes(line.recv(2), "big")
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.WEXITSTATUS(status))
"""


def load() -> None:
    """All that a command or a server would load."""
    gc.disable()
    import alembic.command
    import uvicorn.lifespan.on
    import uvicorn.loops.uvloop
    import uvicorn.main
    from ocop.trace import cli
    from ocop.trace.api import app, wire

    assert all((alembic.command, uvicorn.lifespan.on, uvicorn.loops.uvloop, uvicorn.main, cli, app, wire))
    gc.freeze()
    gc.enable()


def received(line: socket.socket) -> tuple[Any, list[int]]:
    head, more, *_ = line.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    files = array.array("i", more[0][2])
    left, parts = int.from_bytes(head, "big"), []
    while left:
        parts.append(line.recv(left))
        left -= len(parts[-1])
    return marshal.loads(b"".join(parts)), list(files)


def keep(line: socket.socket) -> None:
    """Fork for the call on this line, pass on its signals, and say how it ended."""
    call, files = received(line)
    child = os.fork()
    if child == 0:
        line.close()
        become(call, files)
    for file in files:
        os.close(file)
    ended = os.pidfd_open(child)
    while ended not in (ready := select.select([line, ended], [], [])[0]):
        said = line.recv(1) if line in ready else b""
        os.kill(child, said[0] if said else signal.SIGKILL)
        if not said:
            break
    status = os.waitpid(child, 0)[1]
    with contextlib.suppress(OSError):
        line.send(status.to_bytes(2, "big"))


def become(call: Any, files: list[int]) -> NoReturn:
    """Be `ocop-trace` with these words."""
    words, environment, folder, mask = call
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.umask(mask)
    random.seed()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv = ["ocop-trace", *words]
    os.execv = replaced(os.execv)  # type: ignore[assignment]
    code: object = 1
    try:
        from ocop.trace.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  nothing may go on in a fork
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def replaced(execv: Any) -> Any:
    """`serve` becomes uvicorn by starting Python anew; with one worker that is a call here."""

    def become_server(program: str, words: list[str]) -> Any:
        if words[1:3] != ["-m", "uvicorn"] or words[words.index("--workers") + 1] != "1":
            return execv(program, words)
        import uvicorn.main

        gc.collect()
        return uvicorn.main.main(words[3:], prog_name="uvicorn")

    return become_server


def collect(*_: object) -> None:
    """Let those go that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(sys.argv[1])
    listening.listen(64)
    load()
    signal.signal(signal.SIGCHLD, collect)
    print("ready", flush=True)
    # Who started this holds the other end of standard input: when that is gone, so is this.
    while select.select([listening, sys.stdin], [], [])[0] == [listening]:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            keep(line)
            os._exit(0)
        line.close()


if __name__ == "__main__":
    main()
