"""A believable city to look around in: seeded through the same services that people use."""
