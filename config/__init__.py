"""What a county edits, and how it is read: settings, tracks, legal values, messages, people in charge."""
