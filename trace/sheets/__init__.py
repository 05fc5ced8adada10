"""Tables that people bring: CSV, XLSX, pasted cells, in any encoding that a Vietnamese office may still use (floor 0)."""
