"""The desk: the pages of the staff, each behind a door that says for whom it is."""
