"""What the service refuses before it asks the programme."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not served, with the status that says why."""

    status = 400
    retry_after_s: float | None = None


class BodyTooLargeError(RefusedError):
    """More came than a page can hold."""

    status = 413


class BodyTooSlowError(RefusedError):
    """The body did not arrive in time."""

    status = 408


class UnreadableFormError(RefusedError):
    """The body is no form."""

    status = 400


class WrongMediaTypeError(RefusedError):
    """The body says that it is something else than a form."""

    status = 415


class ForgedRequestError(RefusedError):
    """The form was not made by this service for this visitor, or is too old."""

    status = 403


class TooManyRequestsError(RefusedError):
    """Somebody asks too often."""

    status = 429

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"expected fewer requests; try again in {retry_after_s:g} s")
