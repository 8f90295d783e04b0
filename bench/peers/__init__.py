"""What we are measured against; each runs in an environment of its own, so that nothing of it is ever shipped."""
