"""`/on` and the secret phrase: how an operator comes on duty."""

from typing import assert_never

import structlog

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.fallback import Otherwise
from onduty_bot.answering.incoming import Heard
from onduty_bot.answering.naming import name_of
from onduty_bot.answering.times import coming
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.signing_in.admins import Admins, who_is
from onduty_bot.signing_in.phrases import Phrases
from onduty_desk.roster.logins import (
    Asked,
    Locked,
    Login,
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
    """Asks for the phrase, and judges what is written by somebody who may be guessing it.

    Whose phrase a message is says the record, not the text: that holds none any more.

    Whatever somebody off duty writes is removed from the chat, right or wrong (`Noticing` does
    it): a near miss tells the phrase, and if only the right one went, that would tell which it is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators, built in service.py
        self,
        login: Login,
        roster: Roster,
        phrases: Phrases,
        answers: Answers,
        admins: Admins,
        otherwise: Otherwise,
        backlogs: Backlogs,
    ) -> None:
        self._login = login
        self._roster = roster
        self._phrases = phrases
        self._answers = answers
        self._admins = admins
        self._otherwise = otherwise
        self._backlogs = backlogs

    async def on(self, heard: Heard) -> None:
        """`/on`: ask for the phrase. One written into the same message does not count."""
        begun = await self._login.begin(heard.operator_id, heard.update_id)
        match begun:
            case Asked():
                text = _ask(heard)
            case OnDuty():
                waiting = await self._backlogs.mention(heard)
                text = "\n\n".join(filter(None, (_already(heard), waiting)))
            case Locked():
                text = _locked(heard, begun)
            case _:
                assert_never(begun)
        await self._answers.answer(heard, text)

    async def hear(self, heard: Heard) -> None:
        """Judge a text or a caption; what is no part of a login goes to `Otherwise`."""
        group = heard.phrase if heard.phrase in self._phrases.groups else None
        verdict = await self._login.judge(
            heard.operator_id,
            heard.update_id,
            is_phrase=group is not None,
            who=who_is(heard),
        )
        if isinstance(verdict, Right) and group is not None:
            return await self._sign_in(heard, group)
        if isinstance(verdict, OnDuty) and group is None and not heard.exposes:
            return await self._otherwise.text(heard)
        if isinstance(verdict, NotAsked) and await self._otherwise.is_reply_to_card(heard):
            return await self._otherwise.reply_off_duty(heard)
        await self._answers.answer(heard, _refusal(heard, verdict))
        if isinstance(verdict, Locked) and verdict.just_now:
            self._admins.note_lock(heard, verdict)
        return None

    async def _sign_in(self, heard: Heard, group: str) -> None:
        came = await self._roster.sign_in(
            heard.operator_id,
            name=name_of(heard.author),
            language=heard.language,
            group=group,
            fingerprint=self._phrases.fingerprints[group],
            update_id=heard.update_id,
        )
        if came is SignIn.ALREADY:
            await self._answers.answer(heard, _already(heard))
            return
        if came is SignIn.NEW:
            _log.info("operator.signed_in", operator=heard.operator_id, group=group)
        text = heard.words.gettext("You've started receiving messages")
        if len(self._phrases.groups) > 1:
            text += "\n\n" + heard.words.gettext("Your group: {group}").format(group=group)
        text += "\n\n" + heard.words.gettext("Send /off to stop.")
        await self._backlogs.greet(heard, text)


def _refusal(heard: Heard, verdict: Verdict) -> str:
    match verdict:
        case OnDuty():
            return _phrase_for_nothing(heard)
        case NotAsked():
            return _not_asked(heard)
        case Right():
            return _wrong(heard)  # its group is none any more
        case Wrong(left):
            return _wrong(heard, left)
        case NotNow():
            return _not_now(heard)
        case Locked():
            return _locked(heard, verdict)
        case _:
            assert_never(verdict)


def _ask(heard: Heard) -> str:
    asked = heard.words.gettext("Enter team secret phrase:")
    return f"{asked}\n\n" + heard.words.gettext(
        "You have 10 minutes. I remove the phrase from this chat right away."
    )


def _already(heard: Heard) -> str:
    already = heard.words.gettext("You are already an operator")
    return f"{already}\n\n" + heard.words.gettext("Send /off to stop receiving messages.")


def _phrase_for_nothing(heard: Heard) -> str:
    already = heard.words.gettext("You are already an operator")
    return f"{already}\n\n" + heard.words.gettext("I removed the secret phrase from this chat.")


def _not_asked(heard: Heard) -> str:
    first = heard.words.gettext("You are off duty. To sign in, send /on first, then the phrase.")
    return f"{first}\n\n" + heard.words.gettext(
        "I removed what you wrote, in case it was the phrase."
    )


def _wrong(heard: Heard, left: int | None = None) -> str:
    wrong = heard.words.gettext("Wrong secret phrase, try again")
    if left is None:
        return wrong
    tries = heard.words.ngettext("{left} try left.", "{left} tries left.", left)
    look_at = heard.words.gettext(
        "Send nothing but the phrase, without quotes around it. Capital letters do not matter, the "
        "keyboard's language does. If it is still wrong, it may have changed: ask your team."
    )
    return f"{wrong}\n\n{tries.format(left=left)}\n\n{look_at}"


def _not_now(heard: Heard) -> str:
    return heard.words.gettext(
        "Too many people are trying to sign in right now, so I have not checked your phrase. "
        "Send it again in a few minutes."
    )


def _locked(heard: Heard, locked: Locked) -> str:
    when = coming(heard.words, locked.until, locked.left)
    if locked.just_now:
        return heard.words.gettext("Wrong secret phrase, try again {when}").format(when=when)
    return heard.words.gettext("Too many wrong phrases. Try again {when}.").format(when=when)
