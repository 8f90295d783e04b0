"""What a caller of the accounts room may be told."""

from __future__ import annotations

from chalicelib.kit.errors import (
    ConflictError,
    ForbiddenError,
    LimitReachedError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
)


class WrongCredentialsError(UnauthenticatedError):
    title = "E-mail or password is wrong"


class TooManyAttemptsError(TooManyRequestsError):
    title = "Too many attempts"


class CodeInvalidError(NotFoundError):
    title = "This link is not valid"


class CodeUsedError(ConflictError):
    title = "This link has been used"


class DeveloperLicenceRequiredError(ForbiddenError):
    title = "Your company has no developer licence"


class LicenceStateError(ConflictError):
    title = "The developer licence is not in a state that allows this"


class CompanyNotRemovableError(ConflictError):
    title = "Only a sandbox can be removed"


class LastOfTheirKindError(ConflictError):
    title = "Somebody must remain"


class AlreadyMemberError(ConflictError):
    title = "This person belongs to the company already"


class InvitationInvalidError(NotFoundError):
    title = "This invitation is not valid"


class TeamLimitReachedError(LimitReachedError):
    title = "The team is full"


class SecondFactorRequiredError(UnauthenticatedError):
    title = "A code from your app is needed"


class SecondFactorWrongError(UnauthenticatedError):
    title = "The code is wrong"


class SecondFactorStateError(ConflictError):
    title = "Two-step sign-in is not in a state that allows this"


class WrongPasswordError(ForbiddenError):
    title = "The password is wrong"


class OutsideLoginError(UnauthenticatedError):
    title = "The other login did not let you in"


class OutsideEmailError(ForbiddenError):
    title = "The other login has not confirmed your e-mail address"


class OutsideIdentityError(ConflictError):
    title = "This account is connected with somebody else there"
