"""直播课 (live): lessons given live to a class: timetable, admission, room, broadcast and recording.

Owns LiveSession, Broadcast, Room and what is in it.
Not: what time in a live lesson is worth (attendance), the films of lessons (courses).
"""
