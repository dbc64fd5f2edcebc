"""The HTTP API: requests become verbs of the engine. The only room that knows Flask."""
