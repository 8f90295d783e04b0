"""The flight recorder: every authorization or token attempt that ended is one row with a fixed cause (ADR 0018)."""
