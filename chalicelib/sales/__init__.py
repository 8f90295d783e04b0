"""Sales: prices over time, subscriptions and seats, the monthly close, invoices, statements and the ledger.

Owns: price-versions, subscriptions (a row a company and integration, with what it owes), sales-orders (what was
bought, changed and ended), sales-months (the close of each), sales-ledger (lines in a hash chain), invoices,
sales-statements. Orders and ledger are append-only.
Publishes: subscription.started, subscription.changed, subscription.cancelled, subscription.ended, invoices.issued,
sales.close_requested.
Needs: integrations (what is sold and whose it is), accounts (companies, people, mails), data/platform.json (VAT,
share, seller); events publication.listed (prices, suspensions), integration.deleted, integration.transferred; the
registry hands in where audit rows go.
"""
