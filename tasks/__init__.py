"""The steps of a night and of a dispatch; the flows give them a day and a track, never people."""
