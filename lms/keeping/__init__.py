"""Backups: what is kept, how it comes back, and the proof that it did."""
