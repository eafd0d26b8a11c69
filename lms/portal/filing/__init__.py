"""备案 (filing): the screens of a unit's own staff, which the office uses to enter papers for a unit."""
