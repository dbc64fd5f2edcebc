"""Rules: the steps of a moment as functions over a frame. Pure."""
