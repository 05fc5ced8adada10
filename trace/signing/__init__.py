"""What we state: the signed token, the keys that sign it, the ledger that says who may sign (floor 0)."""
