"""`/invite`, and `/start` with the link of one: somebody joins a group without its phrase."""

import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import structlog
from redis.asyncio import Redis

from onduty_bot.administering.people import Somebody
from onduty_bot.answering.admin_languages import AdminLanguages
from onduty_bot.answering.answers import AnswerRefused, Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import group_called, name_of
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_bot.updates.invite_tokens import TOKEN_BYTES, hash_of
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.model.keys import OperatorId
from onduty_desk.telegram.bot import Bot
from onduty_desk.texts import Words
from onduty_desk.texts.times import day_and_clock

LASTS = timedelta(days=1)

_log = structlog.get_logger()


class Inviting:
    """Makes invites and lets people in by them. Redis holds only the hash of a token."""

    def __init__(  # noqa: PLR0913 - its collaborators, built in service.py
        self,
        redis: Redis,
        bot: Bot,
        phrases: Phrases,
        signing_in: SigningIn,
        answers: Answers,
        *,
        languages: AdminLanguages,
        zone: ZoneInfo,
    ) -> None:
        self._create = script(redis, "onduty_bot/administering/create_invite")
        self._use = script(redis, "onduty_bot/administering/use_invite")
        self._bot = bot
        self._phrases = phrases
        self._signing_in = signing_in
        self._answers = answers
        self._languages = languages
        self._zone = zone

    async def invite(self, incoming: Incoming) -> None:
        """`/invite GROUP`; the group may be left out where there is one."""
        groups = self._phrases.groups
        _, *rest = incoming.text.split(maxsplit=1)
        group = group_called(rest[0].strip(), groups) if rest else None
        group = groups[0] if len(groups) == 1 else group
        if group is None:
            text = incoming.words.gettext("Which group? Send /invite and one of these: {groups}")
            await self._answers.answer(incoming, text.format(groups=", ".join(groups)))
            return
        token, admin = secrets.token_urlsafe(TOKEN_BYTES), Somebody.author_of(incoming)
        until_ms = await self._create(
            args=[
                incoming.update_id,
                hash_of(token),
                group,
                self._phrases.fingerprints[group],
                admin.json,
                in_ms(LASTS),
            ]
        )
        _log.info("invite.made", group=group, admin=admin.id)
        until = datetime.fromtimestamp(int(until_ms) / 1000, UTC)
        text = incoming.words.gettext(
            "Whoever opens this link first is on duty in the group {group}. It works once, until "
            "{time}; I will tell you who used it."
        ).format(group=group, time=day_and_clock(until, self._zone))
        await self._answers.answer(incoming, f"{text}\n\n{self._bot.link}?start={token}")

    def starting(
        self, start: Callable[[Incoming], Awaitable[None]]
    ) -> Callable[[Incoming], Awaitable[None]]:
        """Return a handler of `/start`: with an invite it signs in, else it is `start`."""

        async def handle(incoming: Incoming) -> None:
            if incoming.invite:
                await self._come_in(incoming, incoming.invite)
            elif len(incoming.text.split()) > 1:  # a link that has lost something on the way
                await self._answers.answer(incoming, _no_invite(incoming.words))
            else:
                await start(incoming)

        return handle

    async def _come_in(self, incoming: Incoming, hashed: str) -> None:
        who = (incoming.update_id, hashed, incoming.operator_id)
        fingerprints = json.dumps(self._phrases.fingerprints)
        used = await self._use(
            args=[*who, name_of(incoming.author), incoming.language, fingerprints]
        )
        match cast("list[str]", used):
            case ["new" | "joined", group, admin_id]:
                _log.info("operator.signed_in", operator=incoming.operator_id, group=group)
                await self._signing_in.welcome(incoming, group)
                await self._tell(incoming, group, OperatorId(int(admin_id)))
            case ["already", *_]:
                await self._signing_in.say_already(incoming)
            case _:
                await self._answers.answer(incoming, _no_invite(incoming.words))

    async def _tell(self, incoming: Incoming, group: str, admin_id: OperatorId) -> None:
        """Tell the admin, once, whom their invite has let in."""
        catalogue = await self._languages.words_for(admin_id)
        text = catalogue.gettext("{name} has used your invite to the group {group}.")
        who = Somebody.author_of(incoming).shown
        try:
            await self._answers.send_once(
                admin_id, f"invited:{incoming.update_id}", text.format(name=who, group=group)
            )
        except AnswerRefused as refused:
            _log.error("invite.not_told", admin=admin_id, reason=str(refused))


def _no_invite(words: Words) -> str:
    return words.gettext(
        "This invite does not work: each works once, for a day. Ask for a new one."
    )
