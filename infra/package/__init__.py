"""The deployable parts: source as Chalice packages it, dependency layers for the target runtime, the audit."""
