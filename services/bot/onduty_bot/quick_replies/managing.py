"""`/replies`: an admin lists, adds, changes and removes the quick replies of a group."""

from collections.abc import Sequence

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.commanded import number_behind
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import group_called
from onduty_desk.quick_replies.quick_replies import (
    MOST,
    MOST_OF_A_TEXT,
    MOST_OF_A_TITLE,
    QuickReplies,
    QuickReply,
    Result,
    Verb,
)
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import inert, is_blank, plain_line, without_commands

_VERBS: dict[str, Verb] = {"add": "add", "change": "change", "remove": "remove"}
_MOST_OF_A_LINE = 60
_MOST_OF_A_LIST = 3500

_log = structlog.get_logger()


class Managing:
    """Each answer is one message; a repeated update gets the same."""

    def __init__(
        self, quick_replies: QuickReplies, answers: Answers, groups: Sequence[str]
    ) -> None:
        self._quick_replies = quick_replies
        self._answers = answers
        self._groups = sorted(groups)

    async def replies(self, incoming: Incoming) -> None:
        """`/replies`, `/replies add TITLE: TEXT`, with the group in front if there are several."""
        await self._answers.answer(incoming, await self._answer(incoming))

    async def _answer(self, incoming: Incoming) -> str:
        words, argument = incoming.words, _behind_command(incoming.text)
        first, rest = _first_word(argument)
        group = group_called(first, self._groups) if first.lower() not in _VERBS else None
        if group:
            first, rest = _first_word(rest)
        elif len(self._groups) == 1:
            group = self._groups[0]
        if not first:
            return await self._listed([group] if group else self._groups, words)
        verb = _VERBS.get(first.lower())
        if verb is None:
            text = words.gettext("I do not understand this.")
            return f"{text}\n\n{self._how(words)}"
        if group is None:
            text = words.gettext("For which group? Say it in front, for example:")
            return f"{text}\n/replies {self._groups[0]} {verb} {rest}".rstrip()
        return await self._change(verb, group, rest, incoming)

    async def _change(self, verb: Verb, group: str, rest: str, incoming: Incoming) -> str:
        words, number, written = incoming.words, None, None
        if verb != "add":
            first, rest = _first_word(rest)
            number = number_behind(first, MOST)
            if number is None:
                return words.gettext(
                    "Say which one by its number, for example /replies {verb} 2. /replies shows "
                    "the numbers."
                ).format(verb=verb)
        if verb != "remove":
            title, colon, text = rest.partition(":")
            written = QuickReply(plain_line(title), text.strip())
            if why_not := _why_not(written, has_colon=bool(colon), words=words):
                return f"{why_not}\n\n{self._how(words)}"
        result, at = await self._quick_replies.change(
            verb, group, number=number, quick_reply=written, update_id=incoming.update_id
        )
        _log.info(
            "quick_reply.changed",
            admin=incoming.operator_id,
            group=group,
            number=at,
            result=result,
        )
        return f"{_done(result, at, words)}\n\n{await self._listed([group], words)}"

    async def _listed(self, groups: Sequence[str], words: Words) -> str:
        parts = []
        for group in groups:
            found = await self._quick_replies.of(group)
            head = words.gettext("⚡ Quick replies")
            if len(self._groups) > 1:
                head = words.gettext("⚡ Quick replies of {group}").format(group=group)
            lines = [_line(number, one) for number, one in found.items()]
            parts.append("\n".join([head, *(lines or [words.gettext("none yet")])]))
        return "\n\n".join([*parts, self._how(words)])[:_MOST_OF_A_LIST]

    def _how(self, words: Words) -> str:
        group = f"{self._groups[0]} " if len(self._groups) > 1 else ""
        text = words.gettext(
            "To add one, send a title, a colon, and the text:\n"
            "/replies {group}add Hello: Hello {{customer}}, I am {{operator}}.\n"
            "/replies {group}change 1 Hello: Hi {{customer}}!\n"
            "/replies {group}remove 1\n"
            "{{customer}} and {{operator}} become their names. Operators find them below ⚡ on the "
            "cards of their customers."
        )
        return text.format(group=group)


def _behind_command(text: str) -> str:
    _, _, argument = text.partition(" ")
    return argument.strip()


def _first_word(text: str) -> tuple[str, str]:
    first, *rest = text.split(maxsplit=1) or [""]
    return first, "".join(rest)


def _line(number: int, one: QuickReply) -> str:
    text = without_commands(plain_line(one.text))
    shown = text if len(text) <= _MOST_OF_A_LINE else f"{text[: _MOST_OF_A_LINE - 1]}…"
    return f"{number}. {inert(one.title)}: {shown}"


def _why_not(written: QuickReply, *, has_colon: bool, words: Words) -> str:
    if not has_colon or is_blank(written.title) or is_blank(written.text):
        return words.gettext("A title and a text are needed, with a colon between them.")
    if len(written.title) > MOST_OF_A_TITLE:
        text = words.gettext("This title has {count} characters; {most} is the most.")
        return text.format(count=len(written.title), most=MOST_OF_A_TITLE)
    if len(written.text) > MOST_OF_A_TEXT:
        text = words.gettext("This text has {count} characters; {most} is the most.")
        return text.format(count=len(written.text), most=MOST_OF_A_TEXT)
    if wrong := written.wrong_braces:
        text = words.gettext(
            "{braces} is nothing that can be filled in: only {{customer}} and {{operator}} are."
        )
        return text.format(braces=wrong[:_MOST_OF_A_LINE])
    return ""


def _done(result: Result, number: int | None, words: Words) -> str:
    texts: dict[Result, str] = {
        "added": words.gettext("Added as number {number}."),
        "changed": words.gettext("Number {number} is changed."),
        "removed": words.gettext("Number {number} is removed."),
        "full": words.gettext("There are {most} already, and that is the most. Remove one first."),
        "unknown": words.gettext("There is no number {number}."),
    }
    return texts[result].format(number=number, most=MOST)
