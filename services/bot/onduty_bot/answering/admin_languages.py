"""In which language an admin reads what nobody has asked for: theirs, off duty too."""

from collections.abc import Collection

from redis.asyncio import Redis

from onduty_bot.answering.incoming import Incoming
from onduty_desk.model.bot_keys import ADMIN_LANGUAGES
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import LANGUAGES, Words, words


class AdminLanguages:
    """Telegram names a phone's language with each message, and tells it at no other time."""

    def __init__(
        self, redis: Redis, roster: Roster, admin_ids: Collection[int], fallback_language: str
    ) -> None:
        self._redis = redis
        self._roster = roster
        self._admin_ids = frozenset(admin_ids)
        self._fallback_language = fallback_language

    async def note(self, incoming: Incoming) -> None:
        """Note that of an admin's message; nobody else's is kept."""
        if incoming.operator_id in self._admin_ids:
            await self._redis.hset(ADMIN_LANGUAGES, str(incoming.operator_id), incoming.language)

    async def words_for(self, admin_id: OperatorId) -> Words:
        """Return the texts for an admin; who has never written gets the fallback.

        Who came on duty before these were kept has the language of an operator.
        """
        language = await self._redis.hget(ADMIN_LANGUAGES, str(admin_id))
        if language not in LANGUAGES:
            on_duty = await self._roster.find_readable(admin_id)
            language = on_duty.language if on_duty else self._fallback_language
        return words(language)
