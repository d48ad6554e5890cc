"""What each phone shows and what waits for it: timetable, outbox, copies, attempts."""
