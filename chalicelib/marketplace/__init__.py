"""Where customers find integrations: published ones in lists and by words, hidden ones by their exact client id.

Owns: lookups (how often somebody asked for a client id); what is live: `listings` (a row each, the truth),
`listing-shelves` (a card a list, in order) and `listing-words` (which word leads to which listing).
Publishes: nothing. Consumes `publication.listed`, `publication.unlisted`, `integration.deleted`, `licence.*`,
`rating.summarised`.
Needs: integrations, images and accounts (service, domain); the function that builds needs only this room.
"""
