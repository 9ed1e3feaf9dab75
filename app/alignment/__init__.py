"""The Alignment page: which learned sentences answer to the video, when, and why."""
