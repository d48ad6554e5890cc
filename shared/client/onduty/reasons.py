"""Why a conversation was released, closed, or waits with nobody there."""

from enum import StrEnum


class ReleaseReason(StrEnum):
    """Why a conversation waits again."""

    RELEASED = "released"
    """Its owner gave it back."""
    LEASE_ENDED = "lease_ended"
    """Its owner was silent for too long."""
    OFF_DUTY = "off_duty"
    """Its owner went off duty."""
    PAUSED = "paused"
    """Its owner pauses, and the customer wrote again or waited for long."""


class UnattendedReason(StrEnum):
    """Why nobody is available in a group."""

    OFF_DUTY = "off_duty"
    """Nobody is on duty there."""
    PAUSED = "paused"
    """All who are on duty there pause."""
    UNREACHABLE = "unreachable"
    """Some who are on duty there do not pause, but nothing arrives at their phones."""


class CloseReason(StrEnum):
    """Why a conversation closed by itself."""

    IDLE = "idle"
    """It was answered, and nobody wrote any more."""
    RETRACTED = "retracted"
    """The customer took back all that they had written, and nobody had seen it."""
