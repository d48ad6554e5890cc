"""Reads the rules of the groups from `ONDUTY_DESK_FILE`; each refusal names its place."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onduty.env_file import FileUnreadable, read_file
from onduty.message import DEFAULT_GROUP
from onduty_desk.roster.group_rules import (
    LONGEST_S,
    LONGEST_WAIT_S,
    MOST_A_WAVE,
    MOST_CAPACITY,
    MOST_STEPS,
    SHORTEST_TO_ACCEPT_S,
    GroupRules,
)

_MUST_BE = {
    "routing": 'must be "everyone", "waves" or "assigned"',
    "capacity": f"must be a whole number from 1 to {MOST_CAPACITY}, or 0 for no limit",
    "wave_size": f"must be a whole number of operators from 1 to {MOST_A_WAVE}",
    "next_wave_after": f"must be a whole number of seconds from 1 to {LONGEST_S}",
    "accept_within": (
        f"must be a whole number of seconds from {SHORTEST_TO_ACCEPT_S} to {LONGEST_S}"
    ),
}
"""What each rule may say."""

_STEP_MUST_BE = {
    "priority": 'must be "urgent", "normal" or "low"',
    "after": f"must be a whole number of seconds from 1 to {LONGEST_WAIT_S}, or 0 for at once",
    "to": 'must be "wave", "group", "admins", or "group:" and the name of a group',
}
"""What each line of a step of the escalation may say."""


@dataclass(frozen=True)
class DeskFile:
    """The rules of the groups, as one file says them."""

    path: Path
    groups: Mapping[str, GroupRules]

    def without_phrase(self, groups: Collection[str]) -> list[str]:
        """Return a sentence for each group of the file that is not among these."""
        without = [
            f"{self.path}: [groups.{group}]: this group has no phrase; give it one in "
            "ONDUTY_GROUPS, or remove its rules"
            for group in self.groups
            if group not in groups
        ]
        targets = [
            f'{self.path}: [groups.{group}]: escalation, to = "{step.to}": this group has no '
            "phrase; give it one in ONDUTY_GROUPS, or name another"
            for group, rules in self.groups.items()
            for step in rules.escalation
            if step.target is not None and step.target not in groups
        ]
        return [*without, *targets]


def read_desk_file(path: Path) -> DeskFile:
    """Read and check the file.

    Raises:
        ValueError: a sentence for each thing that is wrong, with the file and the place in it.
    """
    if path.is_dir():
        raise ValueError(
            f"{path}: this is a folder; name a file (Docker makes a folder where a file that it "
            "shall mount is missing)"
        )
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        found = tomllib.loads(read_file(path))
    except FileUnreadable as unreadable:
        raise ValueError(str(unreadable)) from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: this is not TOML: {error}") from None
    wrong = [f"{path}: {sentence}" for sentence in _wrong_in(found)]
    if wrong:
        raise ValueError("\n".join(wrong))
    rules = {
        group: GroupRules.model_validate(table) for group, table in found.get("groups", {}).items()
    }
    return DeskFile(path, rules)


def _wrong_in(found: dict[str, object]) -> Iterator[str]:
    for name in found.keys() - {"groups"}:
        yield f"{name}: is not known; the rules of a group stand under [groups.{DEFAULT_GROUP}]"
    groups = found.get("groups", {})
    if not isinstance(groups, dict):
        yield f"groups: write a table for each group, [groups.{DEFAULT_GROUP}]"
        return
    for group, table in groups.items():
        if isinstance(table, dict):
            wrong = [*_wrong_rules(table)] or [*_senseless_steps(group, table)]
            yield from (f"[groups.{group}]: {sentence}" for sentence in wrong)
        else:
            yield f"groups.{group}: write a table, [groups.{group}], with the rules below it"


def _wrong_rules(table: dict[str, object]) -> Iterator[str]:
    try:
        GroupRules.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors():
            yield _wrong_step(error) if error["loc"][0] == "escalation" else _wrong_rule(error)


def _wrong_rule(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name} is no rule; the rules are {', '.join(GroupRules.model_fields)}"
    return f"{name} {_MUST_BE[name]}"


def _wrong_step(error: ErrorDetails) -> str:
    match error["loc"]:
        case (_, int(place), str(name)):
            step = f"escalation, step {place + 1}"
            if error["type"] == "extra_forbidden":
                return f"{step}: {name} is unknown; a step has {', '.join(_STEP_MUST_BE)}"
            if error["type"] == "missing":
                return f"{step}: {name} is missing; it {_STEP_MUST_BE[name]}"
            return f"{step}: {name} {_STEP_MUST_BE[name]}"
        case _:
            return (
                f"escalation is a list of at most {MOST_STEPS} steps: write "
                "[[groups.NAME.escalation]] above each, and below it priority, after and to"
            )


def _senseless_steps(group: str, table: dict[str, object]) -> Iterator[str]:
    """Say which steps would do nothing: believed to hold, they are worse than none."""
    rules = GroupRules.model_validate(table)
    for place, step in enumerate(rules.escalation, 1):
        if step.target == group:
            yield f'escalation, step {place}: to = "{step.to}" is this group itself; write "group"'
        if step.to == "wave" and rules.routing == "everyone":
            yield (
                f'escalation, step {place}: to = "wave" does nothing with routing = "everyone", '
                'which rings all at once; write "group" to ring them again'
            )
