"""What lists of records need besides their pages: groups, search everywhere, activity of a record, undoing an act."""
