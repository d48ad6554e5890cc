"""Finds secret phrases that cannot work or are easily guessed; no reason holds the phrase."""

import re
from collections.abc import Iterable, Iterator, Mapping

from onduty_desk.roster.normal_form import compared
from onduty_desk.texts import LANGUAGES, words

SHORTEST = 6

_SYMBOL = re.compile(r"\A\W+")

_COMMON = """
    123123 123456 1234567 12345678 123456789 1234567890 654321 abc123 qwerty qwertyuiop qwerty123
    asdfgh zxcvbn 1q2w3e 1q2w3e4r йцукен password password1 password123 passw0rd pa$$word parol
    пароль secret secretphrase секрет phrase letmein welcome hello admin administrator root
    changeme default test testtest testing example support supportbot support_bot team teamsecret
    operator operators onduty opensesame сезамоткройся abracadabra iloveyou monkey dragon football
    master login start
"""
"""Without spaces: the most common passwords, and examples of documentation."""

_GUESSABLE = frozenset(_COMMON.split())

_SAID = (
    "Welcome to Support_Bot!",
    "Enter team secret phrase:",
    "You've started receiving messages",
    "You are already an operator",
    "Wrong secret phrase, try again",
    "You've stopped receiving messages",
    "You are not an operator anyway",
    "🙋 I'll answer",
    "👀 Look",
    "👀 Open",
    "☑️ Close",
    "↩️ Release",
    "Take over",
    "Still answering",
    "Reopen",
    "Back",
    "No",
)


def why_impossible(phrase: str) -> str | None:
    """Return why a phrase cannot work; None if it can."""
    in_form = compared(phrase)
    if not in_form:
        return "is empty"
    if in_form.startswith("/"):
        return "begins with /, like a command: Telegram would take it for one"
    said = {compared(words(language).gettext(text)) for language in LANGUAGES for text in _SAID}
    if in_form in said or in_form in {_SYMBOL.sub("", text) for text in said}:
        return "is what the bot itself says"
    return None


def weak(phrases: Mapping[str, str], names: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield the groups whose phrases are easy to guess, and why.

    Args:
        phrases: group → phrase.
        names: names that are publicly known, like the bot's.
    """
    known = {_bare(name) for name in (*phrases, *names)}
    known |= {name.removesuffix("bot").rstrip("_") for name in known}
    for group, phrase in phrases.items():
        bare = _bare(phrase)
        if bare in _GUESSABLE or bare in known or len(set(bare)) == 1:
            yield group, "it is among the first that anybody tries"
        elif len(compared(phrase)) < SHORTEST:
            yield group, f"it has fewer than {SHORTEST} characters"


def _bare(text: str) -> str:
    return compared(text).replace(" ", "").removeprefix("@")
