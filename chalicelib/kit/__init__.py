"""Kit: the tools every room uses. Owns no data, publishes no event, knows no domain word."""
