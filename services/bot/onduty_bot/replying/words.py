"""What operators are told of their answers."""

from onduty_bot.conversations.claiming import full
from onduty_desk.model.words import AnswerResult, ChangeResult
from onduty_desk.replies.replying import AnswerOutcome
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name


def did_not_reach(words: Words) -> str:
    """Return the sentence that every refusal of an answer begins with."""
    return words.gettext("This did not reach the customer")


def why_not(outcome: AnswerOutcome, customer: str, words: Words) -> str:
    """Return why an answer was not sent, as a sentence; empty if it was."""
    if outcome.result in {"group_full", "limit_full"}:
        return full(outcome.result, int(outcome.name), words)
    texts: dict[AnswerResult, str] = {
        "taken": words.gettext("{name} is answering {customer}."),
        "may_reopen": words.gettext("The conversation with {customer} is closed."),
        "is_closed": words.gettext(
            "The conversation with {customer} is closed. When they write again, their message "
            "comes here."
        ),
        "asks": words.gettext("{name} has been asked already"),
        "off_duty": words.gettext("You are off duty. Send /on to start receiving messages."),
        "other_group": words.gettext("This is another group's conversation"),
        "not_held": words.gettext("It was sent already, or is too old."),
        "off": words.gettext("Answers from here are switched off."),
        "unknown": words.gettext("This conversation is too old."),
    }
    name = short_name(outcome.name)
    return texts.get(outcome.result, "").format(name=name, customer=customer)


def why_not_changed(result: ChangeResult, words: Words) -> str:
    """Return why a change did not reach the customer; empty if it did, or nothing was to do."""
    texts: dict[ChangeResult, str] = {
        "off_duty": words.gettext("You are off duty. Send /on to start receiving messages."),
        "off": words.gettext("Answers from here are switched off."),
        "deleted": words.gettext("You have taken this answer back."),
        "unknown": words.gettext("It is no answer of yours that I know."),
    }
    return texts.get(result, "")
