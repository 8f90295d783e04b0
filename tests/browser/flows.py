"""The tasks people come for, and the most presses each may take (buttons and links; typing and choosing a file are free).

Every task has a test here in tests/browser named after it, `test_<task>_…`, which counts with `watch.Hand` and ends with
`hand.stays_within(…)`. tests/whole/test_flows.py holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    who: str
    task: str
    most: int
    ends: str


FLOWS: dict[str, Flow] = {
    "D1": Flow("developer", "a first integration with working credentials", 3, "the token endpoint knows the client"),
    "D3": Flow(
        "developer", "add a logo, choose its part, remove it", 2, "every size is stored; the cross takes it away"
    ),
    "D4": Flow("developer", "ask for publication", 2, "in review, in the timeline, and the reviewers have mail"),
    "D5": Flow("developer", "see activations over time", 2, "chart, table and API agree; the address can be shared"),
    "D6": Flow("developer", "rotate the secret without downtime", 3, "both secrets work in between, the old one ends"),
    "C1": Flow("customer", "find an integration for receipts", 1, "among the first three, without a script"),
    "C2": Flow("customer", "activate a free one", 2, "back in the program with a code"),
    "C3": Flow("customer", "buy in the portal", 3, "price and period were shown first; a licence stands there"),
    "C4": Flow("customer", "see what an integration may do and last did", 1, "scopes in words, the last call"),
    "C5": Flow("customer", "disconnect", 2, "the access has ended"),
    "C6": Flow("customer", "approve added scopes", 2, "only the added ones are marked"),
    "O1": Flow("operator", "grant a developer licence", 2, "the developer's menu appears, the log has a line"),
    "O2": Flow("operator", "review and approve", 3, "the listing is public and the developer has mail"),
    "O3": Flow("operator", "ask for changes", 3, "the developer reads the reason and the comment on the rule"),
    "O4": Flow("operator", "suspend an integration", 2, "nobody new gets in; its customers go on or not, by choice"),
    "O5": Flow("operator", "answer why it stopped", 1, "cause, whose move it is, and the number the customer saw"),
    "O6": Flow("operator", "export last month's sales", 2, "the file adds up to the page"),
}
