"""One visitor: session, long work, turns, and the sentences for what goes wrong."""
