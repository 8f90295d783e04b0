"""Company data: the records an integration works with, of any company, by one engine driven by declared resources.

Owns: company-records.
Publishes: nothing.
Needs: nothing; the company API asks it, sandboxes fill, reset and clear it.
"""
