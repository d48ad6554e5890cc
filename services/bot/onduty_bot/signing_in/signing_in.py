"""`/on` and the secret phrase: how an operator comes on duty."""

from typing import assert_never
from zoneinfo import ZoneInfo

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import groups_of, name_of
from onduty_bot.answering.times import coming
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.signing_in.admins import Admins, who_is
from onduty_bot.signing_in.phrases import Phrases
from onduty_desk.boards.boards import Boards
from onduty_desk.roster.logins import (
    Asked,
    Locked,
    Login,
    MeantFor,
    NotAsked,
    NotNow,
    OnDuty,
    Right,
    Verdict,
    Wrong,
)
from onduty_desk.roster.operators import Roster, SignIn

_log = structlog.get_logger()


class SigningIn:
    """Asks for the phrase, and judges every message of somebody who may be guessing it.

    Which group's phrase a message was is in its record: the text no longer holds it.

    `Noticing` deletes whatever somebody off duty writes, right or wrong: a near miss reveals much
    of the phrase, and deleting only the right one would reveal which it is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators, built in service.py
        self,
        login: Login,
        roster: Roster,
        phrases: Phrases,
        answers: Answers,
        admins: Admins,
        backlogs: Backlogs,
        boards: Boards,
        *,
        zone: ZoneInfo,
    ) -> None:
        self._login = login
        self._roster = roster
        self._phrases = phrases
        self._answers = answers
        self._admins = admins
        self._backlogs = backlogs
        self._boards = boards
        self._zone = zone

    async def on(self, incoming: Incoming) -> None:
        """`/on`: ask for the phrase. A phrase in the same message does not count."""
        all_groups = self._phrases.groups
        begun = await self._login.begin(incoming.operator_id, incoming.update_id, all_groups)
        match begun:
            case Asked():
                text = _ask(incoming)
            case OnDuty():
                waiting = await self._backlogs.mention(incoming)
                text = "\n\n".join(filter(None, (self._already(incoming, begun), waiting)))
            case Locked():
                text = _locked(incoming, begun, self._zone)
            case _:
                assert_never(begun)
        await self._answers.answer(incoming, text)
        if isinstance(begun, OnDuty):
            await self._boards.show(incoming.operator_id)

    async def judge(self, incoming: Incoming, meant_for: MeantFor) -> Verdict:
        """Judge a text or a caption; the same update once more gets the same verdict.

        One that is meant for something else is no try on duty, and no wrong one if it is to a card.
        """
        return await self._login.judge(
            incoming.operator_id,
            incoming.update_id,
            is_phrase=self._group(incoming) is not None,
            who=who_is(incoming),
            meant_for=meant_for,
        )

    async def act_on(self, incoming: Incoming, verdict: Verdict) -> None:
        """Sign in who gave the right phrase, and answer everybody else."""
        if isinstance(verdict, Right) and (group := self._group(incoming)) is not None:
            await self._sign_in(incoming, group)
            return
        await self._answers.answer(incoming, _refusal(incoming, verdict, self._zone))
        if isinstance(verdict, Locked) and verdict.just_now:
            self._admins.note_lock(incoming, verdict)

    def _group(self, incoming: Incoming) -> str | None:
        return incoming.phrase if incoming.phrase in self._phrases.groups else None

    async def _sign_in(self, incoming: Incoming, group: str) -> None:
        came = await self._roster.sign_in(
            incoming.operator_id,
            name=name_of(incoming.author),
            language=incoming.language,
            group=group,
            fingerprint=self._phrases.fingerprints[group],
            update_id=incoming.update_id,
        )
        if came is SignIn.ALREADY:
            await self.say_already(incoming)
            return
        if came is SignIn.BARRED:
            await self._answers.answer(incoming, _barred(incoming, group))
            return
        if came is not SignIn.REPEATED:
            _log.info("operator.signed_in", operator=incoming.operator_id, group=group)
        await self.welcome(incoming, group)

    async def say_already(self, incoming: Incoming) -> None:
        """Answer somebody who is in the group that they wanted to join."""
        on_duty = await self._on_duty(incoming)
        await self._answers.answer(incoming, self._already(incoming, on_duty))

    async def welcome(self, incoming: Incoming, group: str) -> None:
        """Answer somebody who has joined a group, and show what waits there."""
        text = incoming.words.gettext("You've started receiving messages")
        if len(self._phrases.groups) > 1:
            text += "\n\n" + groups_of((await self._on_duty(incoming)).groups, incoming.words)
        text += "\n\n" + incoming.words.gettext("Send /off to stop.")
        await self._backlogs.greet(incoming, text, group)
        await self._boards.show(incoming.operator_id)

    async def _on_duty(self, incoming: Incoming) -> OnDuty:
        operator = await self._roster.find(incoming.operator_id)
        return OnDuty(operator.groups if operator else ())

    def _already(self, incoming: Incoming, on_duty: OnDuty) -> str:
        parts = [incoming.words.gettext("You are already an operator")]
        if len(self._phrases.groups) > 1 and on_duty.groups:
            parts.append(groups_of(on_duty.groups, incoming.words))
        if on_duty.may_join:
            parts.append(
                incoming.words.gettext(
                    "To join another, give its phrase. I take your next message for it, and "
                    "remove it."
                )
            )
        off = incoming.words.gettext("Send /off to stop receiving messages.")
        if len(on_duty.groups) > 1:
            off += " " + incoming.words.gettext("/off {group} leaves one group.").format(
                group=on_duty.groups[-1]
            )
        return "\n\n".join([*parts, off])


def _refusal(incoming: Incoming, verdict: Verdict, zone: ZoneInfo) -> str:
    match verdict:
        case OnDuty():
            return _phrase_for_nothing(incoming)
        case NotAsked():
            return _not_asked(incoming)
        case Right():
            return _wrong(incoming)  # its group no longer exists
        case Wrong(left):
            return _wrong(incoming, left)
        case NotNow():
            return _not_now(incoming)
        case Locked():
            return _locked(incoming, verdict, zone)
        case _:
            assert_never(verdict)


def _ask(incoming: Incoming) -> str:
    asked = incoming.words.gettext("Enter team secret phrase:")
    return f"{asked}\n\n" + incoming.words.gettext(
        "You have 10 minutes. I remove the phrase from this chat right away."
    )


def _phrase_for_nothing(incoming: Incoming) -> str:
    already = incoming.words.gettext("You are already an operator")
    return f"{already}\n\n" + incoming.words.gettext("I removed the secret phrase from this chat.")


def _barred(incoming: Incoming, group: str) -> str:
    text = incoming.words.gettext(
        "This is the phrase of the group {group}, but an admin has taken you out of it. Ask your "
        "admin for an invite."
    )
    return text.format(group=group)


def _not_asked(incoming: Incoming) -> str:
    first = incoming.words.gettext("You are off duty. To sign in, send /on first, then the phrase.")
    return f"{first}\n\n" + incoming.words.gettext(
        "I removed what you wrote, in case it was the phrase."
    )


def _wrong(incoming: Incoming, left: int | None = None) -> str:
    wrong = incoming.words.gettext("Wrong secret phrase, try again")
    if left is None:
        return wrong
    tries = incoming.words.ngettext("{left} try left.", "{left} tries left.", left)
    look_at = incoming.words.gettext(
        "Send nothing but the phrase, without quotes around it. Capital letters do not matter, the "
        "keyboard's language does. If it is still wrong, it may have changed: ask your team."
    )
    return f"{wrong}\n\n{tries.format(left=left)}\n\n{look_at}"


def _not_now(incoming: Incoming) -> str:
    return incoming.words.gettext(
        "Too many people are trying to sign in right now, so I have not checked your phrase. "
        "Send it again in a few minutes."
    )


def _locked(incoming: Incoming, locked: Locked, zone: ZoneInfo) -> str:
    when = coming(incoming.words, locked.until, locked.left, zone)
    if locked.just_now:
        return incoming.words.gettext("Wrong secret phrase, try again {when}").format(when=when)
    return incoming.words.gettext("Too many wrong phrases. Try again {when}.").format(when=when)
