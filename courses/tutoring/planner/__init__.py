"""From shifts, rooms and hours to a term's meetings. Pure: knows no database and no screen."""
