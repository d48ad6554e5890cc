"""The bot's descriptions (https://core.telegram.org/bots/api#setmydescription)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.methods.commands import read_language
from onduty_sandbox.wire.errors import bad_request

LONGEST_DESCRIPTION = 512
LONGEST_SHORT_DESCRIPTION = 120


async def set_my_description(call: Call) -> Answer:
    """Set what an empty chat shows in one language; an empty text removes it."""
    text = call.arguments.text("description")
    return _set(call, call.bot.descriptions, text, LONGEST_DESCRIPTION)


async def get_my_description(call: Call) -> Answer:
    """Return it for exactly this language."""
    return Answer({"description": call.bot.descriptions.get(read_language(call), "")})


async def set_my_short_description(call: Call) -> Answer:
    """Set what the bot's profile shows in one language; an empty text removes it."""
    text = call.arguments.text("short_description")
    return _set(call, call.bot.short_descriptions, text, LONGEST_SHORT_DESCRIPTION)


async def get_my_short_description(call: Call) -> Answer:
    """Return it for exactly this language."""
    text = call.bot.short_descriptions.get(read_language(call), "")
    return Answer({"short_description": text})


def _set(call: Call, texts: dict[str, str], text: str, longest: int) -> Answer:
    language = read_language(call)
    if len(text) > longest:
        raise bad_request("BOT_DESCRIPTION_TOO_LONG")
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    call.world.feed.publish("commands", bot_id=call.bot.user.id)
    return Answer(result=True)
