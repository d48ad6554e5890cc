"""Recognises a group's phrase after the bot's token has changed: nobody is signed out by that."""

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script

_COST, _BLOCK = 2**15, 8
"""Of scrypt: a check takes about a tenth of a second and 32 MB."""
_MOST_MEMORY = 64 * 2**20


def check_of(group: str, phrase: str, bot_id: str) -> str:
    """Return the check of a group's phrase, which does not depend on the bot's token. It is slow.

    It stands in Redis. Whoever can read that can try phrases against it, one at a time and a tenth
    of a second of a core each: a phrase of several random words withstands, one of a list of
    usual ones (`phrase.weak`) does not. With the phrase they could come on duty, which the admins
    see, and write to customers; what customers write they read in Redis anyway. The salt makes
    such a search worth nothing for another bot or group.
    """
    salt = f"onduty phrase\0{bot_id}\0{group}".encode()
    secret = phrase.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        secret, salt=salt, n=_COST, r=_BLOCK, p=1, maxmem=_MOST_MEMORY, dklen=32
    ).hex()


async def recognise(
    redis: Redis, checks: Mapping[str, str], fingerprints: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return each group's fingerprints that stand for the phrase it has now, its newest last.

    These are the given ones, and those that other tokens of the same bot have made of the same
    phrase. A phrase with another check than before forgets them, and so does a group that is not
    given. Several bots may call it at once; a second call changes nothing.
    """
    given = {
        group: {"check": check, "fingerprint": fingerprints[group]}
        for group, check in checks.items()
    }
    known = await script(redis, "roster/recognise_phrases")(args=[json.dumps(given)])
    return cast("dict[str, list[str]]", json.loads(known))
