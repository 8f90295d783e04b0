"""Statistics: what happened to integrations, folded into hours, days and months, for one, several or all of them.

Owns: statistics-facts, statistics-dirty, statistics-buckets.
Publishes: nothing.
Needs: the outbox's stream (activation.activated, .reactivated, .ended; connection.expired; subscription.started,
.cancelled); integrations (is it the caller's own?). Is told through ports of launches and calls.
"""
