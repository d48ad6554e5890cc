import re

import pytest

from bot.phones import Running, ask
from onduty_bot.replying.words import said_in_a_topic
from onduty_desk.texts import words
from onduty_sandbox.client import Phone, Sandbox


@pytest.mark.usefixtures("bot")
async def test_a_russian_phone_is_answered_in_russian(boris: Phone) -> None:
    """Every sentence of a shift, in the operator's language."""
    said = [
        (await ask(boris, text)).split("\n")[0]
        for text in ("/start", "/on", "нет", "open sesame", "/on", "/off", "/off")
    ]

    assert said == [
        "Добро пожаловать в Support_Bot!",
        "Введите секретную фразу команды:",
        "Неверная секретная фраза, попробуйте ещё раз",
        "Теперь вы получаете сообщения",
        "Вы уже оператор",
        "Вы больше не получаете сообщения",
        "Вы и так не на дежурстве",
    ]


async def test_the_desk_has_a_name_and_a_time_zone(anna: Phone, running: Running) -> None:
    """Who comes on is welcomed to their team, and reads the time on their wall."""
    async with running(desk_name="The Shop <b>", time_zone="Asia/Almaty"):
        assert (await ask(anna, "/start")).startswith("Welcome to The Shop <b>!\n")
        await ask(anna, "/on")
        await ask(anna, "open sesame")
        assert re.search(r"since \d\d:\d\d UTC\+05\.", await ask(anna, "/status"))


@pytest.mark.parametrize(
    ("telegrams", "fallback", "begins"),
    [
        ("ru-RU", "en", "Добро"),
        ("en-GB", "ru", "Welcome"),
        ("de", "en", "Welcome"),
        ("de", "ru", "Добро"),
        (None, "ru", "Добро"),
    ],
)
async def test_other_languages_get_the_one_that_is_set(
    sandbox: Sandbox, running: Running, telegrams: str | None, fallback: str, begins: str
) -> None:
    """A phone in a language we lack gets ONDUTY_LANGUAGE."""
    phone = await sandbox.add_user(101, "Anna", language_code=telegrams)
    async with running(language=fallback):
        assert (await ask(phone, "/start")).startswith(begins)


def test_ones_own_words_in_a_topic_are_quoted_as_the_language_does() -> None:
    """They stand above what the bot says of them."""
    assert said_in_a_topic("Да", words("ru")) == "«Да»\n\n"
    assert said_in_a_topic("Yes", words("en")) == "“Yes”\n\n"
