"""The figures of this project, each beside its floor and its textbook version."""
