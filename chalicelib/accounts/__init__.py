"""People and companies: sign-up, sign-in, sessions, companies, memberships, the developer licence, and mail to people.

Owns: accounts, companies, memberships, sessions, one-time codes, sign-in counters, marks of sent mail.
Publishes: mail.requested, company.created, company.removed, licence.requested, licence.granted, licence.suspended,
licence.withdrawn.
Needs: kit only.
"""
