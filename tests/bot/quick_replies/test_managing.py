"""/replies: an admin adds, lists, changes and removes; whatever is wrong gets a sentence."""

import pytest

from bot.customers import ask, sign_in
from bot.phones import Running
from onduty_sandbox.client import Phone

HOW = "To add one, send a title, a colon, and the text:\n/replies add Hello:"


async def test_an_admin_adds_lists_changes_and_removes(anna: Phone, running: Running) -> None:
    """A number that is free again is the next one's."""
    async with running(admin_ids="101"):
        await ask(anna, "/start")
        assert (await ask(anna, "/replies")).startswith(f"⚡ Quick replies\nnone yet\n\n{HOW}")
        said = await ask(anna, "/replies add Hello: Hello {customer}!")
        assert said.startswith(
            "Added as number 1.\n\n⚡ Quick replies\n1. Hello: Hello {customer}!\n\n"
        )
        await ask(anna, "/replies add Hours: 9 to 5:30.\nAnd on Sundays")
        said = await ask(anna, "/replies change 1 Hi: Hi!")
        assert said.startswith("Number 1 is changed.")
        assert "1. Hi: Hi!\n2. Hours: 9 to 5:30. And on Sundays\n" in said
        assert (await ask(anna, "/replies remove 1")).startswith("Number 1 is removed.")
        assert (await ask(anna, "/replies remove 1")).startswith("There is no number 1.")
        assert (await ask(anna, "/replies add Bye: Bye")).startswith("Added as number 1.")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("add Hello", "A title and a text are needed, with a colon between them."),
        ("add : Hello", "A title and a text are needed"),
        ("add Hello:", "A title and a text are needed"),
        (f"add {'A' * 41}: Hello", "This title has 41 characters; 40 is the most."),
        (f"add Hello: {'A' * 2001}", "This text has 2001 characters; 2000 is the most."),
        ("add Hello: Hello {name}", "{name} is nothing that can be filled in: only {customer}"),
        ("add Hello: Hello {", "{ is nothing that can be filled in"),
        ("change Hello: Hi", "Say which one by its number, for example /replies change 2."),
        ("remove 99", "Say which one by its number, for example /replies remove 2."),
        ("remove", "Say which one by its number"),
        ("change 7 Hello: Hi", "There is no number 7."),
        ("forget 1", "I do not understand this."),
    ],
)
async def test_what_is_wrong_gets_a_sentence(
    wrong: str, why: str, anna: Phone, running: Running
) -> None:
    """And nothing is changed."""
    async with running(admin_ids="101"):
        await ask(anna, "/start")
        assert (await ask(anna, f"/replies {wrong}")).startswith(why)
        assert "none yet" in await ask(anna, "/replies")


async def test_each_group_has_its_own(anna: Phone, running: Running) -> None:
    """With several groups the admin says which, and is helped if they do not."""
    groups = {"sales": "a phrase of the sales team"}
    async with running(admin_ids="101", groups=groups):
        await ask(anna, "/start")
        said = await ask(anna, "/replies add Hello: Hi")
        assert said == (
            "For which group? Say it in front, for example:\n/replies sales add Hello: Hi"
        )
        await ask(anna, "/replies Sales add Hello: Hi")
        listed = await ask(anna, "/replies")
        assert "⚡ Quick replies of sales\n1. Hello: Hi" in listed
        assert "⚡ Quick replies of support\nnone yet" in listed
        assert "support" not in await ask(anna, "/replies sales")


async def test_to_others_there_is_no_such_command(anna: Phone, running: Running) -> None:
    """Operators find them below ⚡."""
    async with running(admin_ids="7"):
        await sign_in(anna)
        said = await ask(anna, "/replies add Hello: Hi")
        assert said.startswith("I do not know this command.")
        assert "/replies" not in said
