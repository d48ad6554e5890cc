"""Phones: timetable, outboxes, copies, attempts, and the steps at a phone."""
