"""The authorization endpoint (RFC 6749 §4.1.1): an ordered table of checks, a transaction, a decision."""
