"""Application identifiers, Digital Link URIs and the identifiers this service hands out (floor 0)."""
