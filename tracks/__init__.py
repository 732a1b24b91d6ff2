"""The domain: what a track owes to a person on a given day. Pure: no clock, no database, no network."""
