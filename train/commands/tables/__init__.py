"""What the runs behind a table need."""
