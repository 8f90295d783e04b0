"""How Anslut becomes a running system: package, CloudFormation, the embedded AWS, deployment."""
