"""Alembic versions, oldest first."""
