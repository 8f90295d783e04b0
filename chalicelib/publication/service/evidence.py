"""Evidence of other rooms for rules that only a person can judge: the callback test."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.callbacks import service as callbacks
from chalicelib.callbacks.domain import SCENARIOS, CallbackRun, Verdict
from chalicelib.integrations.domain import Integration
from chalicelib.kit.i18n import mark
from chalicelib.publication.domain import Finding

__all__ = ["with_evidence", "with_run"]

_RULE = "callback"


def with_evidence(findings: list[Finding], integration: Integration) -> list[Finding]:
    """A good last run fulfils the rule; a bad one or none leaves it to the reviewer: some programs cannot be tried."""
    if not any(finding.rule.rule == _RULE for finding in findings):
        return findings
    return with_run(findings, callbacks.find_last_run(integration))


def with_run(findings: list[Finding], run: CallbackRun | None) -> list[Finding]:
    """The same for whoever has read the last run."""
    return [_judged(finding, run) if finding.rule.rule == _RULE else finding for finding in findings]


def _judged(finding: Finding, run: CallbackRun | None) -> Finding:
    if run is None or not run.outcomes:
        return replace(finding, evidence=mark("No callback test has come to an end yet."))
    good = sum(1 for outcome in run.outcomes if outcome.verdict is Verdict.OK)
    values = {"day": f"{run.started_at:%Y-%m-%d}", "n": good, "all": len(SCENARIOS)}
    sentence = mark("Callback test of %(day)s: %(n)s of %(all)s scenarios are good.")
    return replace(finding, is_fulfilled=True if run.is_good else None, evidence=sentence, values=values)
