"""What operators are told of their answers."""

from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.cards import Card
from onduty_bot.conversations.claiming import full
from onduty_desk.events.reasons import NO_ANSWER, RAISED, REFUSED_FOR_GOOD, UNKNOWN_ERROR
from onduty_desk.model.words import AnswerResult, ChangeResult
from onduty_desk.replies.replying import JOB_GONE, AnswerOutcome, FailedReply
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import one_line, short_name

_MOST_OF_WORDS = 60
_MOST_OF_A_REASON = 200


def words_of(incoming: Incoming) -> str:
    """Return the beginning of what was written in a topic, to stand above what is said of it.

    Not all apps show there to which message another one replies. Outside of topics it is empty.
    """
    return said_in_a_topic(incoming.text, incoming.words) if incoming.thread else ""


def said_in_a_topic(text: str, words: Words) -> str:
    """The same of an answer that is known by its text."""
    said = one_line(text, _MOST_OF_WORDS)
    return words.gettext("“{words}”").format(words=said) + "\n\n" if said.strip() else ""


def customer_of(card: Card | None, words: Words) -> str:
    """Return what the customer of a card is called."""
    return short_name(card.customer_name if card else "", words.gettext("Customer"))


def did_not_reach(words: Words) -> str:
    """Return the sentence that every refusal of an answer begins with."""
    return words.gettext("This did not reach the customer")


def goes_to(outcome: AnswerOutcome, customer: str, words: Words) -> str:
    """Return what is said of an answer that goes to its customer, at once or in a while."""
    if outcome.sent_in_s is None:
        return words.gettext("On its way to {customer}").format(customer=customer)
    return goes_in(outcome.sent_in_s, customer, words)


def goes_in(seconds: int, customer: str, words: Words) -> str:
    """Return what is said of an answer that goes to its customer in a while."""
    text = words.gettext("Goes to {customer} in {seconds} s")
    return text.format(customer=customer, seconds=seconds)


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
        "asks": words.gettext("{name} is being asked to answer {customer}."),
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
        "unknown": words.gettext("That message is not an answer of yours, or it is too old."),
    }
    return texts.get(result, "")


def what_failed(reply: FailedReply, words: Words) -> str:
    """Return what its author is told of an answer, a change or an /undo that failed, and why."""
    if reply.reason == JOB_GONE:
        return words.gettext(
            "😢 Nobody knows whether this reached the customer. If it is not in the web chat, try "
            "again."
        )
    reason = one_line(reply.reason, _MOST_OF_A_REASON)
    if not reason:
        reason = words.gettext("the web chat does not say why.")
    elif reply.is_by_desk:
        why = one_line(_in_their_language(reply.reason, words), _MOST_OF_A_REASON)
        reason = words.gettext("the web chat did not take it ({reason}).").format(reason=why)
    texts = {
        "reply.deleted": words.gettext("😢 This was not taken back: {reason}"),
        "reply.edited": words.gettext("😢 The change did not reach the customer: {reason}"),
    }
    text = texts.get(reply.kind, words.gettext("😢 This did not reach the customer: {reason}"))
    return text.format(reason=reason)


def _in_their_language(reason: str, words: Words) -> str:
    """Return a reason of the desk's in the operator's language; a library's as it is."""
    sentences = {
        NO_ANSWER: words.gettext("no answer within {seconds} s"),
        REFUSED_FOR_GOOD: words.gettext("HTTP {status}: it refuses that for good"),
        RAISED: words.gettext("{function}: {error} in its RQ worker"),
    }
    for sentence, text in sentences.items():
        if filled := sentence.read(reason):
            if filled.get("error") == UNKNOWN_ERROR:
                filled["error"] = words.gettext("an error")
            return text.format(**filled)
    return reason
