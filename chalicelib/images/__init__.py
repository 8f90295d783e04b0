"""Images of integrations: upload tickets, S3 event → every size, selections, order, delete.

Owns: tables `images`, `image-shelves`, `image-holds` (what listings and reviews show); buckets `uploads` (originals,
    private) and `images` (variants, public under unguessable names).
Publishes: image.selection_changed (consumed by itself).
Needs: integrations (ownership) at the API; the event functions need only this room, kit.store and kit.aws.
"""
