"""Images of integrations: upload tickets, S3 event → every size, delete.

Owns: table `images`; buckets `uploads` (originals, private) and `images` (variants, public under unguessable names).
Publishes: nothing.
Needs: integrations (ownership) at the API; the event functions need only this room, kit.store and kit.aws.
"""
