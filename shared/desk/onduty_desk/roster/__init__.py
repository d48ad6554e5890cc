"""The roster: operators on duty by group, and signing in."""
