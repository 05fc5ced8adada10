"""What the pages of the rooms show, as frozen values, and their rendering (floor 1)."""
