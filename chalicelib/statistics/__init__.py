"""Statistics: facts about activations, folded into days, ISO weeks and months, for one integration or all.

Owns: statistics-facts, statistics-dirty, statistics-slices, statistics-buckets.
Publishes: nothing.
Needs: events activation.activated, activation.reactivated, activation.ended; integrations (is it the caller's own?).
"""
