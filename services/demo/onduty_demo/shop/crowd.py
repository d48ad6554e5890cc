"""Many customers and many operators, for a storm."""

import asyncio
import itertools
from collections.abc import Collection, Iterator
from datetime import timedelta

from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty_demo.shop.scene import SHOP
from onduty_demo.shop.signing_in import sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import as_list, as_object

CUSTOMERS = 20
MESSAGES = 200
OPERATORS = 36
"""More than 30: one message a second goes to each, so that the limit of all together is reached."""
_FIRST_CROWD_ID = 201
_KNOWN_FOR = timedelta(days=30)

# Nobody here has the name of a person whom the page makes.
_CUSTOMERS = (
    *("Ada", "Beno", "Chen", "Dana", "Elif", "Franz", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kofi", "Lena", "Mira", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sami", "Tara"),
)
_OPERATORS = (
    *("Adam", "Bea", "Cyril", "Derek", "Edda", "Fred", "Gwen", "Henk", "Irma", "Jack"),
    *("Katja", "Lars", "Mona", "Noah", "Otto", "Paula", "Rafik", "Sofia", "Timo", "Ulla"),
    *("Vera", "Walid", "Xenia", "Yusuf", "Zora", "Arne", "Bibi", "Cleo", "Dario", "Esra"),
    *("Fay", "Gino", "Hedda", "Igor", "Jule", "Kian"),
)
_QUESTIONS = (
    "Where is my parcel?",
    "Can I change the delivery address?",
    "The invoice is missing. Can you send it again?",
    "Do you have it in blue?",
    "The zip came off after two days. What now?",
    "Is the lamp back in stock?",
    "Can I pay on delivery?",
    "How long do returns take?",
    "It came with the wrong plug.",
    "Thank you, it works!",
)


def storm(taken: Collection[str] = ()) -> list[CustomerMessage]:
    """200 messages of 20 customers, who take turns; none of them has a name that is taken."""
    first = [
        CustomerMessage(text="Hello, is anybody there?", customer_name=name, recipient=SHOP)
        for name in itertools.islice(_free(_CUSTOMERS, taken), CUSTOMERS)
    ]
    more = [
        CustomerMessage(
            text=_QUESTIONS[(turn + number) % len(_QUESTIONS)],
            customer_name=begun.customer_name,
            recipient=SHOP,
            conversation_id=begun.conversation_id,
        )
        for turn in range(MESSAGES // CUSTOMERS - 1)
        for number, begun in enumerate(first)
    ]
    return [*first, *more]


async def join(redis: Redis, sandbox: Sandbox, phrase: str, count: int) -> None:
    """Add so many operators and sign them in, side by side.

    They were operators before, as a team's are in the morning: the bot answers only a few strangers
    a second.

    Raises:
        TimeoutError: the bot did not answer one of them.
    """
    users = [as_object(user) for user in as_list(await sandbox.ask("GET", "users"))]
    ids = [int(str(user["id"])) for user in users if not user["stranger"]]
    first = max([_FIRST_CROWD_ID - 1, *ids]) + 1
    names = _free(_OPERATORS, {str(user["first_name"]) for user in users})
    phones = [
        await sandbox.add_user(first + number, name)
        for number, name in enumerate(itertools.islice(names, count))
    ]
    await make_known(redis, phones)
    await asyncio.gather(*(sign_in(redis, phone, phrase) for phone in phones))


async def make_known(redis: Redis, phones: Collection[Phone]) -> None:
    """Let their owners be no strangers, of whom the bot answers only a few a second."""
    async with redis.pipeline(transaction=True) as together:
        for phone in phones:
            together.set(known_key(OperatorId(phone.user_id)), "1", ex=_KNOWN_FOR)
        await together.execute()


def _free(names: Collection[str], taken: Collection[str]) -> Iterator[str]:
    """Names that nobody has: these, then the same with a number."""
    numbered = (f"{name} {turn}" for turn in itertools.count(2) for name in names)
    return (name for name in itertools.chain(names, numbered) if name not in taken)
