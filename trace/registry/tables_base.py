"""The base of every table: own metadata, names for every constraint, STRICT on SQLite (floor 2)."""

from typing import Any

from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

# Every constraint has a name, so that a migration can drop it and an error can be told by it.
METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """One row of one table."""


def rules(*constraints: Any, numbers_once: bool = False, **checks: str) -> tuple[Any, ...]:
    """`__table_args__`: named CHECKs from keywords, other constraints as given, STRICT on SQLite.

    `numbers_once`: the number of a deleted row is never given to another, as PostgreSQL's sequences have it anyway.
    """
    named = (CheckConstraint(sql, name=name) for name, sql in checks.items())
    return (*constraints, *named, {"sqlite_strict": True, "sqlite_autoincrement": numbers_once})


def one_of(column: str, *values: str) -> str:
    """SQL for a CHECK: `column` holds one of `values` (constants of this package, never input)."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
