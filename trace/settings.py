"""Settings: `OCOP_*` from the environment, read once at the edge, frozen, bad ones refused with a hint.

| variable | meaning | default |
|---|---|---|
| OCOP_DATA | the folder of all state: database, keystore, photos | `var` |
| OCOP_PUBLIC_URL | the address printed on things: scheme, host, port | `http://127.0.0.1:8000` |
| OCOP_DATABASE_URL | `sqlite:///…` or `postgresql://…` | SQLite in OCOP_DATA |
| OCOP_REALM | this deployment's name inside every signature, fixed at `init` | stored; first host + `/tag` |
| OCOP_TRUSTED_PROXIES | addresses or networks whose X-Forwarded-For counts, by comma | none |
| OCOP_KEK_FILE | file with the key-encryption key of the keystore | `kek` in OCOP_DATA, or a passphrase |

`http` is allowed for loopback and private addresses only: a printed http link would be an invitation to
anyone on the way. The printed host must fit the alphanumeric mode of a QR symbol (ISO/IEC 18004, 7.4.4).
"""

import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from ocop.trace.gs1.uri import is_private_host
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]+\]", re.ASCII)
REALM = re.compile(r"[a-z0-9][a-z0-9./-]{0,61}[a-z0-9]", re.ASCII)


class BadSettings(Exception):
    """One or more settings can't be used; `problems` are sentences."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class Settings(BaseSettings):
    """What the edge was told. Frozen: nothing below the edge reads the environment."""

    model_config = SettingsConfigDict(env_prefix="OCOP_", frozen=True, extra="ignore", env_ignore_empty=True)

    data: Path = Path("var")
    public_url: str = "http://127.0.0.1:8000"
    database_url: str = Field(default="", repr=False)
    realm: str = ""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    kek_file: Path | None = Field(default=None)

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"expected scheme://host[:port], got {value!r}") from error
        host = (parts.hostname or "").lower()
        shown = f"[{host}]" if ":" in host else host
        if parts.scheme not in {"http", "https"} or not HOST.fullmatch(shown):
            raise ValueError(f"expected https://host[:port], got {value!r}: use an ASCII host name")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"expected scheme, host and port only, got {value!r}")
        if parts.scheme == "http" and not is_private_host(host):
            raise ValueError(
                f"expected https for {host}, got http: plain http is for loopback and private addresses"
            )
        return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")

    @field_validator("realm")
    @classmethod
    def _realm(cls, value: str) -> str:
        if value and not REALM.fullmatch(value):
            raise ValueError(f"expected 2 to 63 of a-z 0-9 . / -, such as ocop.example/tag, got {value!r}")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError as error:
            raise ValueError(
                f"expected addresses or networks by comma, such as 127.0.0.1,10.0.0.0/8: {error}"
            ) from error

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError(f"expected sqlite:///… or postgresql://…, got {value.split(':', 1)[0]!r}")
        try:
            _ = urlsplit(value).port
        except ValueError:
            # The address may hold a password, so it isn't shown.
            raise ValueError("expected a host and a port as a number, got another address") from None
        return value

    @cached_property
    def scheme(self) -> str:
        """`http` or `https`, of the printed address."""
        return urlsplit(self.public_url).scheme

    @cached_property
    def authority(self) -> str:
        """Host and port as printed, lower case, without a default port."""
        parts = urlsplit(self.public_url)
        default = {"http": 80, "https": 443}[parts.scheme]
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        return host if parts.port in {None, default} else f"{host}:{parts.port}"

    @cached_property
    def host(self) -> str:
        """The printed host, without port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def store_url(self) -> str:
        """The database address in use."""
        return self.database_url or f"sqlite:///{self.data / 'ocop.db'}"

    def is_own_host(self, authority: str) -> bool:
        """Whether a link with this authority points to us. On a private address any private host does: a
        developer's machine has many names, and nothing printed there is for sale."""
        authority = authority.lower()
        if authority == self.authority:
            return True
        try:
            parts = urlsplit(f"{self.scheme}://{authority}")
            default = {"http": 80, "https": 443}[self.scheme]
            if (parts.hostname or "") == self.host and (parts.port or default) == (
                urlsplit(self.public_url).port or default
            ):
                return True
            return is_private_host(self.host) and is_private_host(parts.hostname or "")
        except ValueError:
            return False


def read_settings(**given: object) -> Settings:
    """The settings from the environment; `given` overrides single ones. Raises BadSettings with sentences."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for item in error.errors():
            name = "OCOP_" + "_".join(str(part) for part in item["loc"]).upper()
            problems.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
        raise BadSettings(problems) from error
