"""Which files are changed, and which tests speak for each: the table to edit when files move.

A room is some files and their tests, the nearest first: they run in this order and end with the
first that fails. The first room that has a file is its room.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path


class Gone(Exception):  # noqa: N818 - told to a person
    """The table names what there is not."""


@dataclass(frozen=True)
class Room:
    """Files, by a glob each in which `*` also stands for folders; and tests, by their paths."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


FILES = (
    "shared/desk/**/*.lua",
    "services/bot/**/*.lua",
    "services/dispatcher/**/*.lua",
    "shared/client/**/*.lua",
    "services/dispatcher/onduty_dispatcher/sending/*.py",
    "services/dispatcher/onduty_dispatcher/cards/*.py",
    "services/bot/onduty_bot/signing_in/*.py",
    "shared/desk/onduty_desk/roster/*.py",
    "shared/desk/onduty_desk/telegram/outcomes.py",
    "shared/client/onduty/*.py",
)

NOT_OF_A_ROOM = frozenset(
    {"bench", "browser", "chaos", "containers", "demo", "journeys", "sandbox"}
)
"""Folders of tests whose files are not asked: whole systems, and what is not changed."""


def _named(*names: str) -> tuple[str, ...]:
    """Name test files by the end of their path, so that they may move between folders."""
    return tuple(f"tests/**/{name}.py" for name in names)


_SIGNING_IN = (
    *_named("test_login", "test_signing_in", "test_guessing", "test_guessing_elsewhere"),
    *_named("test_told_of_guessing", "test_locking", "test_changed_phrase", "test_exposed_phrases"),
    *_named("test_signed_out", "test_going_off", "bot/test_delegation", "test_coming_on"),
    *_named("test_names", "roster/test_groups", "bot/test_groups"),
)
_ON_PHONES = _named("test_coming_on", "test_lists", "bot/test_delegation", "test_signed_out")
_SENDING = (
    *_named("test_outbox", "test_outbox_failures", "test_sender", "test_sent_cards", "test_edits"),
    *_named("test_outbox_edits", "test_ringing", "test_notes", "test_claims", "test_releasing"),
    *_named("test_closing", "test_routing", "test_outages", "test_edges_of_outages"),
    *_named("test_breaking", "test_wrong_types", "test_pacing", "test_pauses", "test_shares"),
    *_named("test_second_taps", "test_floods", "test_backlog", "test_leases", "test_lifetimes"),
    *_named("conversations/test_delegation", "test_clock", "test_state_machine", "test_stories"),
    *_named("test_failed_list", "test_failed_again"),
)
_TAKING_SIDES = (
    *_named("test_claims", "test_releasing", "test_closing", "test_routing", "test_leases"),
    *_named("test_ringing", "test_second_taps", "test_emitting", "test_backlog"),
    *_named("conversations/test_delegation", "test_lifetimes", "test_notes", "test_edits"),
    *_named("test_outbox_edits"),
    *_named("test_release_delay", "test_closing_when_idle", "test_owners_rings", "test_last_word"),
    *_named("conversations/test_groups", "test_capacity", "test_best_operators", "test_waves*"),
    *_named("test_assigned", "test_assigned_lines", "test_failures_of_others", "test_passing"),
    *_named("test_passing_to_a_group", "test_offers_that_end"),
)

ROOMS = (
    Room(
        ("shared/desk/onduty_desk/history/*",),
        _named("conversations/test_history", "replying/test_history"),
    ),
    Room(("shared/desk/onduty_desk/conversations/amending.lua",), _named("test_amending")),
    Room(
        (
            "shared/desk/onduty_desk/conversations/forg*.lua",
            "shared/desk/onduty_desk/phones/removing.lua",
            "shared/desk/onduty_desk/replies/forgotten_replies.lua",
        ),
        _named("conversations/test_forgetting", "replying/test_forgetting"),
    ),
    Room(
        ("shared/desk/onduty_desk/conversations/*",),
        (*_TAKING_SIDES, *_SENDING, *_ON_PHONES),
    ),
    Room(("shared/desk/onduty_desk/phones/*",), (*_SENDING, *_ON_PHONES)),
    Room(
        ("shared/desk/onduty_desk/nudges/*",),
        _named("test_nudges", "test_second_taps_on_nudges", "test_leases", "test_stories"),
    ),
    Room(
        ("shared/desk/onduty_desk/availability/*",),
        (
            *_named("test_pauses", "test_pausing", "test_capacity"),
            *_named("test_routing", "test_nudges", "test_waves", "test_assigned"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/boards/*",),
        _named("desk/boards/test_board*", "bot/test_board", "dispatcher/test_boards"),
    ),
    Room(
        ("shared/desk/onduty_desk/replies/*",),
        _named("desk/replies/test_*", "bot/replying/test_*"),
    ),
    Room(("shared/desk/onduty_desk/noting/*",), _named("desk/noting/test_*", "bot/noting/test_*")),
    Room(
        ("shared/desk/onduty_desk/quick_replies/*",),
        _named("desk/quick_replies/test_*", "bot/quick_replies/test_*"),
    ),
    Room(("shared/desk/onduty_desk/topics/*",), _named("desk/topics/test_*", "bot/topics/test_*")),
    Room(
        ("shared/desk/onduty_desk/events/*",),
        (
            *_named("test_emitting", "test_event_delivery", "test_event_leases"),
            *_named("test_event_webhook", "test_event_jobs", "test_failed_list"),
            *_named("test_failed_again", "test_claims", "test_releasing", "test_closing"),
            *_named("test_leases", "test_clock", "test_wrong_types"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/failures/*",),
        (
            *_named("test_failed_list", "test_failed_again", "test_breaking", "test_odd_jobs"),
            *_named("test_rq_registries", "test_any_job", "test_sender", "test_sent_cards"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/telegram/outcomes.py",),
        (
            *_named("test_outcomes", "test_edits", "test_outbox_edits", "test_sender"),
            *_named("test_sent_cards", "test_token"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/telegram/*",),
        (
            *_named("test_pacing", "test_pauses", "test_shares", "test_outages"),
            *_named("test_edges_of_outages"),
            *_named("test_clock", "test_strangers", "test_outbox", "test_outbox_failures"),
            *_named("test_sender", "test_sent_cards", "test_status_line"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/process/*",),
        (
            *_named("test_clock", "test_redis_clock", "test_status_line", "test_wrong_types"),
            *_named("test_breaking", "test_sweeper", "test_process"),
        ),
    ),
    Room(
        (
            "services/bot/onduty_bot/administering/*",
            "shared/desk/onduty_desk/roster/actions.*",
        ),
        _named("test_kicking", "test_inviting", "test_actions_command"),
    ),
    Room(
        ("shared/desk/onduty_desk/roster/weak_phrases.py",),
        _named("test_weak_phrases", "test_phrases", "test_settings", "test_starting"),
    ),
    Room(
        ("shared/desk/onduty_desk/roster/*",),
        (
            *_named("test_phrases", "test_hiding"),
            *_SIGNING_IN,
            *_named("test_routing", "test_claims", "test_releasing", "test_closing"),
            *_named("conversations/test_delegation"),
            *_named("test_sender", "test_sent_cards", "test_lists", "test_strangers"),
            *_named("test_handled_twice"),
        ),
    ),
    Room(
        ("shared/desk/onduty_desk/lua/*",),
        (
            *_named("test_outbox", "test_outbox_failures", "test_wrong_types", "test_breaking"),
            *_SENDING,
            *_SIGNING_IN,
        ),
    ),
    Room(
        ("services/bot/onduty_bot/signing_in/*",),
        (*_named("test_phrases"), *_SIGNING_IN, *_named("test_handled_twice", "test_strangers")),
    ),
    Room(
        ("services/bot/onduty_bot/updates/*",),
        (
            *_named("test_stored_updates", "test_update_trouble", "test_update_lines"),
            *_named("test_poller_lease", "test_setting_aside", "test_polling"),
            *_named("test_handled_twice", "test_odd_updates", "test_strangers", "test_webhook"),
            *_named("test_slow_callers"),
        ),
    ),
    Room(
        ("services/bot/onduty_bot/*",),
        _named("test_fallback", "test_strangers", "test_about", "test_group_chats"),
    ),
    Room(
        ("services/dispatcher/onduty_dispatcher/cards/*",),
        (
            *_named("test_measures", "test_card", "test_card_words", "test_any_card", "test_edits"),
            *_named("test_outbox_edits"),
            *_named("test_claims", "test_releasing", "test_closing", "test_ringing"),
            *_named("test_outages", "test_notes"),
        ),
    ),
    Room(
        ("services/dispatcher/onduty_dispatcher/events/*",),
        (
            *_named("test_retry_after", "test_event_delivery", "test_event_leases"),
            *_named("test_event_webhook", "test_event_jobs", "test_failed_list"),
            *_named("test_failed_again"),
        ),
    ),
    Room(("services/dispatcher/onduty_dispatcher/*",), _SENDING),
    Room(
        ("shared/client/onduty/events.py", "shared/client/onduty/signing.py"),
        _named(
            "test_events",
            "test_schemas",
            "test_documentation",
            "test_event_delivery",
            "test_event_leases",
            "test_event_webhook",
        ),
    ),
    Room(
        ("shared/client/onduty/*",),
        (
            *_named("test_message", "test_decorations", "test_schemas", "test_address"),
            *_named("test_testing", "test_env_file", "test_refusals", "test_desk"),
            *_named("test_close_and_touch", "test_documentation", "test_cli", "test_shell"),
            *_named("test_commands", "test_tls", "test_sentinels", "test_in_time"),
            *_named("client/test_events", "test_plain_jobs", "test_routing", "test_lifetimes"),
        ),
    ),
)


def changed_files(root: Path) -> list[str]:
    """Return the paths of all files that are changed.

    Raises:
        Gone: a line of the table finds none.
    """
    return sorted({path for glob in FILES for path in _found(root, glob)})


def tests_of(path: str, root: Path) -> list[str]:
    """Return the test files of a file's room, in their order, each once.

    Raises:
        Gone: no room has the file, or a test of its room is gone.
    """
    for room in ROOMS:
        if any(fnmatchcase(path, glob) for glob in room.files):
            return list(dict.fromkeys(test for glob in room.tests for test in _found(root, glob)))
    raise Gone(f"no room in {__file__} has {path}")


def look_through(root: Path) -> None:
    """Look whether everything that the table names is there.

    Raises:
        Gone: something is not.
    """
    files = changed_files(root)
    for path in files:
        tests_of(path, root)
    for glob in (glob for room in ROOMS for glob in room.files):
        if not any(fnmatchcase(path, glob) for path in files):
            raise Gone(f"{glob}, of a room in {__file__}, is no file that is changed")


@cache
def _found(root: Path, glob: str) -> tuple[str, ...]:
    paths = sorted(path.relative_to(root) for path in root.glob(glob))
    found = tuple(path.as_posix() for path in paths if path.parts[1] not in NOT_OF_A_ROOM)
    if not found:
        raise Gone(f"nothing is at {glob}, which {__file__} names")
    return found
