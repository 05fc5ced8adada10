"""The database and the files: tables, one module per reader of them, migrations (floor 2)."""
