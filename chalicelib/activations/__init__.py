"""A company has switched an integration on: the activation, and the consents a person of the company gave for it.

Owns: activations (company x integration, with the consent snapshot tokens read), consents (append-only proof).
Publishes: activation.activated, activation.reactivated, activation.renewed, activation.ended.
Needs: accounts and integrations (service, domain); the port `close_families`, wired by the registry.
"""
