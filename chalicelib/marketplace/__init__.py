"""Where customers find integrations: published ones in a list, hidden ones by their exact client id.

Owns: lookups (how often somebody asked for a client id).
Publishes: nothing.
Needs: integrations, images and accounts (service, domain).
"""
