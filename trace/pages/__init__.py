"""What each page shows, and how it becomes HTML or PDF (floor 1). No routes here: those live in api/."""
