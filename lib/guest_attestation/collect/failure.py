"""Why a read was given up without an answer of Azure's."""

from guest_attestation.errors import ToolFailure


class ReadFailed(ToolFailure):
    """One read cannot be made; the others can."""


class Refused(ReadFailed):
    """A request that is no listed read was stopped before it left."""


class NotRecorded(ReadFailed):
    """A replayed snapshot holds no answer to a request."""


class TooLong(ReadFailed):
    """Azure asks for more patience than there is."""


class Stopped(ReadFailed):
    """The capture has ended: nothing more is sent."""
