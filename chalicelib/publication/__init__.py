"""How an integration gets onto the marketplace: agreement, checklist, review by the operator, and what is live.

Owns: `publications` (a row an integration, keyed by its owner: what is under review beside what is live),
`publication-notes` (timeline and messages) and `agreements` (who accepted which text).
Publishes: `publication.listed` with everything a listing shows, `publication.unlisted`.
Needs: integrations (the draft, its status), images, accounts (people, mails), data/checklist.json,
data/partner_agreement.json; the registry hands in where audit rows go.
"""
