"""Sales: prices over time, subscriptions and seats, the monthly close, invoices, statements and the ledger.

Owns: price-versions, subscriptions (a row a customer company and integration), sales-orders (what was bought, changed
and ended, append-only).
Publishes: subscription.started, subscription.changed, subscription.cancelled, subscription.ended.
Needs: integrations (what is sold and whose it is), accounts (companies, people, mails), data/platform.json.
"""
