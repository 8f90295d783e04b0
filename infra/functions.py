"""Every Lambda function: what starts it, how much it gets, and the only things it may touch."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60
ALL = ("*",)  # every table in `chalicelib.registry.TABLES`; for the API only


@dataclass(frozen=True, slots=True)
class Http:
    """API Gateway."""


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue of that name, with a dead letter queue beside it."""

    name: str
    concurrency: int = 5


@dataclass(frozen=True, slots=True)
class Stream:
    """The DynamoDB stream of the table of that name."""

    table: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """An EventBridge rule; the rate stands at the handler's decorator."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An object was created in the uploads bucket."""


Trigger = Http | Queue | Stream | Schedule | Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One row. A table or bucket that is not named here cannot be touched."""

    name: str
    trigger: Trigger
    memory: int = 256
    timeout: int = 30
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()  # whole tables: for nightly rounds only
    reads_buckets: tuple[str, ...] = ()
    writes_buckets: tuple[str, ...] = ()
    sends_to: tuple[str, ...] = ()
    secret: bool = False
    kms: tuple[str, ...] = ()
    mail: bool = False
    imaging: bool = False
    reserved: int | None = None

    @property
    def logical_id(self) -> str:
        """The name Chalice gives the function's resource."""
        if isinstance(self.trigger, Http):
            return "APIHandler"
        return "".join(part.capitalize() for part in self.name.split("-"))


QUEUES = (
    "audit", "callback-tests", "image-selections", "images", "invoices", "licences", "mail", "marketplace",
    "migrations", "oauth", "ratings", "sales", "sandboxes",
)  # fmt: skip

SANDBOX_TABLES = (
    "sandboxes", "sandbox-slots", "companies", "memberships", "accounts", "account-names", "sessions", "outbox",
    "company-records", "integrations", "integration-keys", "activations", "consents", "connections", "token-families",
    "revocations", "switchboards", "snapshots", "snapshot-chunks", "seats", "agreement-approvals",
    "subscriptions", "publications",
)  # fmt: skip
MARKETPLACE_TABLES = ("listings", "listing-shelves", "listing-words")
STATISTICS_TABLES = ("statistics-buckets", "statistics-dirty", "statistics-facts")

CLOSE_TABLES = ("sales-months", "sales-ledger", "invoices", "subscriptions", "sales-statements", "outbox")

FUNCTIONS: tuple[Function, ...] = (
    Function(
        name="api",
        trigger=Http(),
        memory=512,
        timeout=29,  # API Gateway gives up at 29 s
        reads=ALL,
        writes=ALL,
        reads_buckets=("uploads", "images"),
        writes_buckets=("uploads", "images"),
        secret=True,
        kms=("Decrypt",),
    ),
    Function(name="outbox-fanout", trigger=Stream("outbox"), sends_to=QUEUES),
    Function(
        name="accounts-mail",
        trigger=Queue("mail"),
        reads=("sent-mails",),
        writes=("sent-mails",),
        mail=True,
        secret=True,  # the values of a mail are sealed in its event
    ),
    Function(
        name="backoffice-audit",
        trigger=Queue("audit"),
        reads=("accounts", "audit"),
        writes=("audit",),
    ),
    Function(
        name="backoffice-migrate",
        trigger=Queue("migrations", concurrency=2),
        timeout=60,  # a piece is 25 people
        reads=("migrations", "migration-pieces", "accounts", "account-names", "companies", "memberships"),
        writes=("migrations", "migration-pieces", "accounts", "account-names", "companies", "memberships", "outbox"),
        secret=True,  # it seals the values of the mails it asks for
    ),
    Function(
        name="integrations-warn",
        trigger=Schedule(),
        reads=("integrations", "secret-warnings", "accounts", "memberships"),
        writes=("secret-warnings", "outbox"),
        secret=True,  # it seals the values of the mails it asks for
        reserved=1,
    ),
    Function(
        name="callbacks-run",
        trigger=Queue("callback-tests", concurrency=2),
        timeout=2 * MINUTE,  # eight requests of at most six seconds, and the waiting for three codes
        reads=("callback-tests", "callback-codes"),
        writes=("callback-tests", "callback-codes"),
        secret=True,  # the test codes rest as keyed hashes
    ),
    Function(
        name="ratings-judge",
        trigger=Queue("ratings"),
        reads=("activations", "ratings", "rating-summaries"),
        writes=("ratings", "rating-summaries", "outbox"),
    ),
    Function(
        name="licences-leave",
        trigger=Queue("licences"),
        reads=("seats",),
        writes=("seats", "outbox"),
    ),
    Function(
        name="marketplace-build",
        trigger=Queue("marketplace"),
        reads=(*MARKETPLACE_TABLES, "companies", "catalogue"),
        writes=(*MARKETPLACE_TABLES, "outbox"),
    ),
    Function(
        name="sales-close",
        trigger=Schedule(),
        memory=512,
        timeout=15 * MINUTE,
        reads=(*CLOSE_TABLES, "companies"),
        writes=CLOSE_TABLES,
        reserved=1,
    ),
    Function(
        name="sales-reconcile",
        trigger=Schedule(),
        memory=512,
        timeout=15 * MINUTE,
        reads=("sales-months", "sales-ledger", "invoices", "subscriptions", "sales-statements"),
        secret=True,  # cursors are sealed
        reserved=1,
    ),
    Function(
        name="sales-follow",
        trigger=Queue("sales", concurrency=2),
        memory=512,
        timeout=5 * MINUTE,
        reads=(*CLOSE_TABLES, "companies", "accounts", "integrations", "integration-keys", "price-versions"),
        writes=(*CLOSE_TABLES, "price-versions", "sales-orders"),
        secret=True,  # mails are sealed, and so are cursors
    ),
    Function(
        name="sales-deliver",
        trigger=Queue("invoices"),
        reads=("invoices", "accounts"),
        writes=("invoices", "outbox"),
        secret=True,
    ),
    Function(
        name="sandboxes-provision",
        trigger=Queue("sandboxes"),
        timeout=MINUTE,
        reads=(*SANDBOX_TABLES, "catalogue"),
        writes=SANDBOX_TABLES,
        secret=True,  # the values of a mail are sealed in its event
    ),
    Function(
        name="sandboxes-keep",
        trigger=Schedule(),
        memory=512,  # rows of every sandbox at once
        timeout=5 * MINUTE,
        reads=SANDBOX_TABLES,
        writes=SANDBOX_TABLES,
        scans=("sandboxes", "sandbox-slots", "snapshots", "companies"),
        secret=True,
        reserved=1,
    ),
    Function(
        name="statistics-capture",
        trigger=Stream("outbox"),
        memory=512,
        timeout=MINUTE,
        writes=("statistics-facts", "statistics-dirty"),
    ),
    Function(
        name="statistics-rollup",
        trigger=Schedule(),
        memory=512,
        timeout=5 * MINUTE,
        reads=STATISTICS_TABLES,
        writes=STATISTICS_TABLES,
        reserved=1,
    ),
    Function(
        name="statistics-recount",
        trigger=Schedule(),
        memory=512,
        timeout=5 * MINUTE,
        reads=STATISTICS_TABLES,
        writes=STATISTICS_TABLES,
        reserved=1,
    ),
    Function(
        name="images-render",
        trigger=Upload(),
        memory=1769,  # one full CPU
        timeout=MINUTE,
        reads=("images", "image-holds"),
        writes=("images",),
        reads_buckets=("uploads",),
        writes_buckets=("uploads", "images"),  # of the uploads it only deletes what was rejected
        imaging=True,
        reserved=10,
    ),
    Function(
        name="images-remove",
        trigger=Queue("images"),
        reads=("images", "image-holds"),
        writes=("images", "image-holds", "image-shelves"),
        writes_buckets=("uploads", "images"),
    ),
    Function(
        name="images-remake",
        trigger=Queue("image-selections"),
        memory=1769,
        timeout=MINUTE,
        reads=("images", "image-holds"),
        writes=("images",),
        reads_buckets=("uploads",),
        writes_buckets=("uploads", "images"),
        imaging=True,
    ),
    Function(
        name="images-clean",
        trigger=Schedule(),
        memory=512,  # names of every object at once: about 100,000 images
        timeout=5 * MINUTE,
        reads=("images", "image-holds"),
        writes=("images",),
        reads_buckets=("uploads", "images"),
        writes_buckets=("uploads", "images"),
        reserved=1,
    ),
    Function(
        name="oauth-close",
        trigger=Queue("oauth"),
        timeout=MINUTE,
        reads=("activations", "connections", "token-families"),
        writes=("activations", "connections", "outbox", "revocations", "token-families"),
    ),
    Function(
        name="oauth-warn",
        trigger=Schedule(),
        timeout=5 * MINUTE,
        reads=(
            "integrations",
            "token-families",
            "connections",
            "activations",
            "connection-warnings",
            "memberships",
            "accounts",
        ),
        writes=("connection-warnings", "token-families", "outbox"),
        secret=True,  # the values of a mail are sealed in its event
        reserved=1,
    ),
    Function(
        name="oauth-rotate-keys",
        trigger=Schedule(),
        reads=("signing-keys",),
        writes=("signing-keys",),
        kms=("Encrypt", "Decrypt"),
        reserved=1,
    ),
)
