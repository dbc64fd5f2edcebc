"""What people keep for themselves: saved views, settings, unfinished forms and what they looked at last."""
