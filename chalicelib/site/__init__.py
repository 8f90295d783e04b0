"""Site: what belongs to no other room. Owns health, the API description and the pages that explain errors.

Publishes nothing. Needs the list of all routes, which `registry` hands in.
"""
