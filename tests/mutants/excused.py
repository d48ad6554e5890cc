"""Changes that no test need notice, each with its reason."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mutants.change import Change


@dataclass(frozen=True)
class Excuse:
    """A change of this kind, or of any, in lines of which the words match.

    The words are a regular expression, in which «» stand around what is changed; they may begin in
    the line before.
    """

    files: str
    kind: str
    words: str
    reason: str


EXCUSES = (
    Excuse(
        "*",
        "number",
        r"(?i)\b\w+_(us|ms|s)\b = «\d\d",
        "a wait that is one of its unit longer: nobody can notice",
    ),
    Excuse(
        "*.lua",
        "number",
        r"'((P?EX)|PX|P?EXPIRE)', (\w+, )?«\d\d",
        "what expires does so one of its unit later: nobody can notice",
    ),
    Excuse(
        "*.lua",
        "number",
        r"^local (MOST|ENOUGH)_\w+ = «\d\d",
        "how much one call does: one more is as good",
    ),
    Excuse(
        "shared/desk/onduty_desk/lua/urgency.lua",
        "number",
        r"«1e14»",
        "how far the classes lie apart: far more than any moment",
    ),
    Excuse(
        "shared/desk/onduty_desk/phones/steps/next_send.lua",
        "call",
        r"attempts\.drop\(chat, attempt\)\n +«outbox\.tidy",
        "the conversation's turn in the same look tidies it as well",
    ),
    Excuse(
        "shared/desk/onduty_desk/phones/steps/next_send.lua",
        "number",
        r"urgent_seq or «0»\) > \(copy\.rung_seq or 0\)",
        "a phone that has the card has been told of at least the first message",
    ),
    Excuse(
        "shared/desk/onduty_desk/lua/isolate.lua",
        "word",
        r"type\(raised\) == «'table'»",
        "some versions of the server raise a table; the tests' server raises text",
    ),
    Excuse(
        "shared/desk/onduty_desk/phones/steps/take.lua",
        "*",
        r"local (slots|read) = .*«",
        "how many phones are read beforehand: more is slower, and no other answer",
    ),
    Excuse(
        "shared/desk/onduty_desk/phones/cards.lua",
        "number",
        r"i > «1»",
        "it counts by two, from one: never two",
    ),
    Excuse(
        "shared/client/onduty/cli.py",
        "call",
        r"«sys\.stderr\.flush\(\)»",
        "stderr is written line by line; the call only says so",
    ),
    Excuse(
        "shared/client/onduty/redis_client.py",
        "number",
        r"_GIVEN_BACK_WITHIN_S = «1\.0»",
        "how long a server that hangs is waited for at the end: a second more is as good",
    ),
    Excuse(
        "shared/desk/onduty_desk/phones/timetable.lua",
        "number",
        r"and at or «0»",
        "a moment long ago, whichever it is",
    ),
    Excuse(
        "services/dispatcher/onduty_dispatcher/sending/steps.py",
        "number",
        r"self\.sent = «0»",
        "a count of which only the growth is told",
    ),
    Excuse(
        "shared/desk/onduty_desk/lua/clock.lua",
        "number",
        r"age >= «0»",
        "whether the same millisecond counts: nobody can notice",
    ),
    Excuse(
        "shared/desk/onduty_desk/lua/clock.lua",
        "*",
        r"tonumber\(offset .*«",
        "the clock that tests move, and nobody else",
    ),
)


def reason_for(change: Change, text: str) -> str | None:
    """Return why a change need not be noticed; None if a test should fail for it."""
    before, after = text[: change.start].splitlines(), text[change.end :].splitlines()
    changed = f"«{text[change.start : change.end]}»"
    lines = "\n".join(before[-2:]) + changed + "".join(after[:1])
    for excuse in EXCUSES:
        if (
            fnmatchcase(change.path, excuse.files)
            and fnmatchcase(change.kind, excuse.kind)
            and re.search(excuse.words, lines, re.MULTILINE)
        ):
            return excuse.reason
    return None
