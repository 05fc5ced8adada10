"""The rooms where people work: doors, studio, office. All their routes stand in one table (floor 4)."""
