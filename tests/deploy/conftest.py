"""Real nginx with the configuration that ships, on loopback, in front of a real `ocop-trace serve`.

Debian's own nginx.conf includes the shipped file, of which only ports, addresses, the certificate and folders are
replaced. Whoever asks from 127.7.7.7 is another phone than who asks from 127.0.0.1.
"""

import io
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from getpass import getuser
from pathlib import Path

import pytest
from ocop.trace import cli, illustrating
from ocop.trace.illustrative import products
from PIL import Image

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
TOOL = Path(sys.executable).with_name("ocop-trace")
NAME = "id.ocop.example"
ORIGIN = f"https://{NAME}"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CODE = re.compile(r'<div class="code [a-z]+" id="([a-z_]+)">')


@dataclass(frozen=True)
class Answer:
    """What came back through the proxy."""

    protocol: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """The id of answer 1 on a story page."""
        found = CODE.search(self.text)
        return found[1] if found else ""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """One header; it must not stand there twice."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else ""


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Proxy:
    """nginx as it runs; `service` is the port behind it."""

    def __init__(self, folder: Path, service: int) -> None:
        assert NGINX is not None
        self.folder, self.service = folder, service
        self.http, self.https = free_ports(2)
        self.cert = folder / "cert.pem"
        self.main = folder / "nginx.conf"
        self.logs = folder / "ocop-access.log", folder / "ocop-error.log", folder / "main.log"
        (folder / "site.conf").write_text(self._site(), "utf-8")
        self.main.write_text(self._main(), "utf-8")

    def _site(self) -> str:
        """The shipped file with this machine's ports and folders."""
        text = (DEPLOY / "nginx.conf").read_text("utf-8")
        places = {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{self.service};",
            "listen 80 ": f"listen 127.0.0.1:{self.http} ",
            "listen 443 ": f"listen 127.0.0.1:{self.https} ",
            "listen [::]:80 ": f"listen [::1]:{self.http} ",
            "listen [::]:443 ": f"listen [::1]:{self.https} ",
            f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(self.cert),
            f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(self.folder / "key.pem"),
            "/var/log/nginx/": f"{self.folder}/",
            "/etc/ocop/words/": f"{self.folder}/words/",
        }
        for shipped, here in places.items():
            assert shipped in text, shipped
            text = text.replace(shipped, here)
        if not has_ipv6():
            text = re.sub(r"^ *listen \[::1\].*\n", "", text, flags=re.M)
        return text

    def _main(self) -> str:
        """Debian's own nginx.conf around it."""
        text = Path("/etc/nginx/nginx.conf").read_text("utf-8")
        text = re.sub(r"^user .*;", f"user {getuser()};", text, flags=re.M)
        text = re.sub(r"^pid .*;", f"pid {self.folder}/pid;", text, flags=re.M)
        text = re.sub(r"/var/log/nginx/\w+\.log", f"{self.folder}/main.log", text)
        text = re.sub(r"^\s*include /etc/nginx/conf\.d.*\n", "", text, flags=re.M)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        own = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        return text.replace("include /etc/nginx/sites-enabled/*;", f"{own}include {self.folder}/site.conf;")

    def words(self) -> list[str | Path]:
        assert NGINX is not None
        return [NGINX, "-e", "stderr", "-c", self.main, "-g", "daemon off;"]

    def ask(self, target: str, *options: str, source: str = "127.0.0.1", name: str = NAME) -> Answer:
        """One request by curl, its target byte for byte; `options` are curl's."""
        address = f"https://{name}:{self.https}"
        return curl(self.folder, f"{address}{target}", "--cacert", str(self.cert), "--interface", source,
                    "--resolve", f"{name}:{self.https}:127.0.0.1", *options)  # fmt: skip

    def raw(self, request: bytes) -> bytes:
        """Bytes as they are, inside TLS; everything that comes back."""
        context = ssl.create_default_context(cafile=str(self.cert))
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        with plain, context.wrap_socket(plain, server_hostname=NAME) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def said(self) -> str:
        """All that stands in the logs."""
        return "".join(path.read_text("utf-8", "replace") for path in self.logs if path.exists())


def has_ipv6() -> bool:
    with suppress(OSError), closing(socket.socket(socket.AF_INET6)) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def curl(folder: Path, url: str, *options: str) -> Answer:
    head, body = folder / "head", folder / "body"
    body.write_bytes(b"")
    done = subprocess.run(
        ["curl", "-q", "--silent", "--show-error", "--path-as-is", "--globoff", "--max-time", "60", "--noproxy", "*",
         "-H", "Expect:", "-D", head, "-o", body, *options, url],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (url, done.stderr)
    lines = head.read_text("latin-1").strip().split("\n")
    protocol, status = lines[0].split()[:2]
    pairs = tuple((k.lower(), v.strip()) for k, _, v in (line.partition(":") for line in lines[1:]))
    return Answer(protocol, int(status), pairs, body.read_bytes())


@contextmanager
def proxied(folder: Path, service: int, run: Callable[..., str]) -> Iterator[Proxy]:
    """nginx in front of a port, with a certificate of its own and our words."""
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},DNS:other.example",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    (folder / "words").mkdir()
    run(folder, "proxy-pages", folder / "words")
    proxy = Proxy(folder, service)
    process = subprocess.Popen(proxy.words(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        await_port(proxy.https, process)
        yield proxy
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        assert process.poll() is None, process.communicate()[0].decode()
        assert time.monotonic() < until, "nothing listens"
        time.sleep(0.05)


def environment(data: Path) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
    return {**given, "OCOP_DATA": str(data), "OCOP_PUBLIC_URL": ORIGIN, "OCOP_TRUSTED_PROXIES": "127.0.0.1"}


def run_of(tool: Path, data: Path, *words: str | Path, fails: int = 0, **env: str) -> str:
    """What a command says; with `fails`, what it says when it ends with that code."""
    done = subprocess.run(
        [tool, *words],
        env={**environment(data), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == fails, done.stderr
    return done.stderr if fails else done.stdout


@pytest.fixture(scope="session")
def run_tool(warm_tool: Path) -> Callable[..., str]:
    """`ocop-trace` on a folder."""
    return partial(run_of, warm_tool)


@dataclass(frozen=True)
class Shop:
    """A running service with an illustrative product, and the proxy before it."""

    proxy: Proxy
    data: Path
    target: str
    """A print code that was issued, as it is printed."""
    tap: str
    """What the chip gives at one touch."""


def illustrated(data: Path) -> Sequence[str]:
    """Fill a store with the first illustrative product and plain pictures; a print code and a tap, as targets."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(data).items():
            patch.setenv(name, value)
        patch.setattr(
            illustrating, "draw", lambda slug, id_: Image.effect_noise((640, 480), 60).convert("RGB")
        )
        patch.setattr(illustrating, "products", lambda day: products(day)[:1])
        with redirect_stdout(said), suppress(SystemExit):
            cli.main(lambda: cli.app(["demo"], prog_name="ocop-trace"))
    code = re.search(r": code_issued, .*\n +https://[^/]+(/\S+\?s=0[0-9]+)", said.getvalue(), re.IGNORECASE)
    tap = re.search(r"opens once:\n +https://[^/]+(/\S+)", said.getvalue())
    assert code, said.getvalue()
    assert tap, said.getvalue()
    return code[1], tap[1]


@pytest.fixture(scope="session")
def nginx() -> None:
    if NGINX is None:
        reason = "no nginx found: install Debian's nginx-light package (it needs no running service)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def shop(
    nginx: None, run_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """One service and one proxy for every test that only asks."""
    folder = tmp_path_factory.mktemp("shop")
    data = folder / "data"
    code, tap = illustrated(data)
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [TOOL, "serve", "--port", str(port), "--workers", "1"],
        env=environment(data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        await_port(port, process)
        with proxied(folder / "nginx", port, run_tool) as proxy:
            yield Shop(proxy, data, code, tap)
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[0].decode()
    assert said == "", said


class Recorder:
    """Stands where the service would and keeps every head of a request as it came."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                    head += part
                if not head:
                    return
                self.heads.append(head)
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as last:
            last.shutdown(socket.SHUT_WR)
        self._thread.join(timeout=10)
        self._listening.close()


@pytest.fixture(scope="module")
def recorded(
    nginx: None, run_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Proxy, Recorder]]:
    """The proxy before a recorder."""
    recorder = Recorder()
    try:
        with proxied(tmp_path_factory.mktemp("recorded") / "nginx", recorder.port, run_tool) as proxy:
            yield proxy, recorder
    finally:
        recorder.close()


@pytest.fixture
def lonely(nginx: None, run_tool: Callable[..., str], tmp_path: Path) -> Iterator[Proxy]:
    """The proxy before nothing at all."""
    (port,) = free_ports(1)
    with proxied(tmp_path / "nginx", port, run_tool) as proxy:
        yield proxy
