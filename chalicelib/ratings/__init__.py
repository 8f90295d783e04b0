"""What customers say of an integration: stars, a comment, the developer's answer, and what the operator hides.

Owns: tables `ratings` (a row a company and integration) and `rating-summaries` (count and sum, in step with the rows).
Publishes: `rating.given`, `rating.taken_back`, `rating.answered`, `rating.hidden`, `rating.shown`, `rating.summarised`
(what listings show). Consumes `activation.*`, `rating.*`, `integration.transferred`, `integration.deleted`.
Needs: activations (only customers rate), integrations, accounts; the registry hands in where audit rows go.
"""
