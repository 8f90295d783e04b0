"""What a company may use: buying with the user agreement, seats and who sits on them, the right at this moment.

Owns: user-agreements (versions of the address), agreement-approvals (who agreed to which, append-only), seats.
Publishes: seat.assigned, seat.freed; the purchase itself is told by sales.
Hears: member.removed (whoever leaves a company gives up the seats there).
Needs: sales (subscriptions, prices), integrations, accounts (companies, people).
"""
