"""Scripts write and read the fields that the schema knows, and it knows no others."""

import re
from collections import defaultdict

import pytest

from lua_files import LUA, arguments, code
from onduty_desk.model.fields import CONVERSATION, HASHES, OPERATOR, REPLY
from onduty_desk.model.phone_fields import ATTEMPT, BOARD, COPY, NUDGE, TOPIC
from onduty_desk.model.tables import Field

CODE = {name: code(text) for name, text in LUA.items()}
ASSIGNMENT = re.compile(r"^\s*((?:[\w.]+, )*[\w.]+) = ", re.MULTILINE)
Writers = dict[str, set[str]]


def module(name: str) -> str:
    return name.rpartition("/")[2]


def assigned(table: str) -> Writers:
    """Return who assigns to which fields of a table."""
    found: Writers = defaultdict(set)
    for name, text in CODE.items():
        for targets in ASSIGNMENT.findall(text):
            for target in targets.split(", "):
                owner, _, field = target.partition(".")
                if owner == table and field:
                    found[field].add(module(name))
    return found


def read(table: str) -> set[str]:
    return set(re.findall(rf"\b{table}\.(\w+)", "".join(CODE.values())))


def written_to_conversations() -> Writers:
    found: Writers = defaultdict(set)
    for name, text in CODE.items():
        for call in arguments(text, "conversations.write("):
            for field in re.findall(r"\b(\w+) = ", call):
                found[field].add(module(name))
        counted = r"(?:conversations\.count\(id|hash\.add\(conversation), '(\w+)'"
        for field in re.findall(counted, text):
            found[field].add(module(name))
    return found


def named_in_hash_commands() -> set[str]:
    """Return every word that is a field in a command on a hash."""
    found = set()
    for text in CODE.values():
        for call in arguments(text, "redis.call("):
            command, *rest = re.findall(r"'(\w+)'", call) or [""]
            if command in {"HSET", "HGET", "HMGET", "HDEL", "HINCRBY", "HSETNX", "HEXISTS"}:
                found |= {word for word in rest if not word.isdigit() and not word.isupper()}
        for function in ("get", "set", "remove", "add"):
            for call in arguments(text, f"hash.{function}("):
                found |= {word for word in re.findall(r"'(\w+)'", call) if not word.isdigit()}
        for call in arguments(text, "conversations.clear("):
            found |= set(re.findall(r"'(\w+)'", call))
    return found


@pytest.mark.parametrize(
    ("schema", "writers"),
    [
        (CONVERSATION, written_to_conversations()),
        (COPY, assigned("copy")),
        (TOPIC, assigned("topic")),
    ],
    ids=["conversation", "copy", "topic"],
)
def test_each_field_is_written_by_those_the_schema_names(
    schema: dict[str, Field], writers: Writers
) -> None:
    """Nothing stands in a script that the schema does not know, and the other way round."""
    told = {name: set(field.by.split()) for name, field in schema.items()}
    if "nudge_at_ms" in told:
        told["nudge_at_ms"] -= {"timers"}  # which removes it
    assert writers == told


@pytest.mark.parametrize(
    ("schema", "table"),
    [
        (CONVERSATION, "conversation"),
        (COPY, "copy"),
        (ATTEMPT, "attempt"),
        (NUDGE, "nudge"),
        (BOARD, "board"),
        (REPLY, "reply"),
    ],
)
def test_no_script_reads_another_field(schema: dict[str, Field], table: str) -> None:
    """A misspelt field would always be nil."""
    found = read(table)
    assert found
    assert found - schema.keys() == set()


def test_each_field_is_read_by_somebody() -> None:
    """What is written and never read is gone."""
    used = (
        read("copy")
        | read("nudge")
        | read("board")
        | read("attempt")
        | read("conversation")
        | named_in_hash_commands()
    )
    used |= set(re.findall(r"'(\w+_ms)'", "".join(CODE.values())))  # lists of moments
    for schema in (COPY, ATTEMPT, *(known for known in HASHES if known is not OPERATOR)):
        assert {name for name in schema if name not in used and "outcome" not in name} - {
            "failed",
            "slow",
            "away",
        } == set()


def test_commands_on_hashes_name_no_other_field() -> None:
    """Whatever hash it is: the schema has the field."""
    known = {name for schema in HASHES for name in schema}
    elsewhere = {"id", "not_compared", "more_"}  # what the admins are told of guesses
    assert named_in_hash_commands() - known - elsewhere == set()


def test_what_is_written_at_the_end_of_a_call_is_read_and_written_in_one_place() -> None:
    """A command beside `hash` would not see what the call has changed, or undo it."""
    beside = re.compile(
        r"redis\.call\(\s*'(?:H|TTL|EXPIRE|DEL|EXISTS)\w*',[^)]*"
        r"keys\.(?:conversation|copies|cursor|deliveries|chat|nudge|board)\b"
    )
    assert {name for name, text in CODE.items() if beside.search(text)} == set()


def test_what_a_call_keeps_of_sorted_sets_is_read_and_written_in_one_place() -> None:
    """The same for what waits at a phone, and for the messages of a conversation."""
    beside = re.compile(r"'(ZADD|ZREM)', keys\.(outbox|redraws|messages|timetable)\b")
    found = {(name, key) for name, text in CODE.items() for _, key in beside.findall(text)}
    assert found == {
        ("conversations/transcript", "messages"),
        ("phones/aside", "timetable"),  # which leaves the phone where no call looks
        ("phones/steps/take", "timetable"),
    }
