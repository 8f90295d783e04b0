"""What an entry of the audit log says in words; the event names stay in JSON and CSV, for programs."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kit.i18n import mark

WORDS: Mapping[str, str] = {
    "account.connected": mark("Connected the account with the platform's own login"),
    "account.email_changed": mark("Changed the e-mail address"),
    "account.password_changed": mark("Changed the password"),
    "account.second_factor_off": mark("Turned two-step sign-in off"),
    "account.second_factor_on": mark("Turned two-step sign-in on"),
    "activation.activated": mark("A company activated an integration"),
    "activation.ended": mark("An activation ended"),
    "activation.expired": mark("An activation expired"),
    "activation.narrowed": mark("A company took scopes back"),
    "activation.reactivated": mark("A company agreed to other scopes"),
    "activation.renewed": mark("A company agreed to the same scopes again"),
    "integration.created": mark("Created an integration"),
    "integration.deleted": mark("Deleted an integration"),
    "integration.secret_burned": mark("A client secret was burned"),
    "integration.transferred": mark("Handed an integration over to another company"),
    "integration.updated": mark("Changed an integration"),
    "licence.grant": mark("The developer licence was granted"),
    "licence.requested": mark("Asked for the developer licence"),
    "licence.suspend": mark("The developer licence was suspended"),
    "licence.withdraw": mark("The developer licence was withdrawn"),
    "member.changed": mark("Gave somebody other roles"),
    "member.families_closed": mark("Tokens of somebody who left ended"),
    "member.invitation_withdrawn": mark("Withdrew an invitation"),
    "member.invited": mark("Invited somebody"),
    "member.joined": mark("Somebody joined the company"),
    "member.left": mark("Left the company"),
    "member.migrated": mark("Somebody was moved from the earlier system"),
    "publication.approve": mark("The reviewer approved and published an integration"),
    "publication.cancel": mark("Took a request for publication back"),
    "publication.delist": mark("An integration was taken out of the marketplace"),
    "publication.message": mark("Sent a message about a publication"),
    "publication.request_changes": mark("The reviewer asked for changes"),
    "publication.submit": mark("Asked for publication"),
    "publication.suspend": mark("An integration was suspended"),
    "publication.unpublish": mark("Took an integration out of the marketplace"),
    "publication.unsuspend": mark("The suspension of an integration ended"),
    "rating.answered": mark("Answered a rating"),
    "rating.given": mark("A company rated an integration"),
    "rating.hidden": mark("A rating was hidden"),
    "rating.reported": mark("A rating was reported"),
    "rating.shown": mark("A reported rating was left as it is"),
    "rating.taken_back": mark("A company took its rating back"),
    "sale.credited": mark("A sale was credited"),
    "member.removed": mark("Removed somebody from the company"),
}
