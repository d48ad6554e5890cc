"""Who is on duty, and how one signs in."""
