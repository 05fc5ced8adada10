"""The edge: HTTP routes (floor 4)."""
