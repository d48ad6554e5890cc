"""What operators are told of their notes."""

from onduty_desk.noting.notes import ChangeResult, GiveResult
from onduty_desk.texts import Words


def said_of(result: GiveResult, customer: str, words: Words) -> str:
    """Return what came of a text that was to be a note."""
    texts: dict[GiveResult, str] = {
        "given": words.gettext(
            "📝 Kept as a note about {customer}, who does not see it. Whoever answers them next "
            "does. Edit your message to change it; reply to it with /undo to remove it."
        ),
        "over": words.gettext(
            "This went to nobody and is kept nowhere: it was to be a note about {customer}, who is "
            "not yours any more. If it is meant for a customer, send it once more."
        ),
        "full": words.gettext(
            "This went to nobody and is kept nowhere: there are 50 notes about {customer}, and "
            "that is the most."
        ),
        "no_text": words.gettext(
            "Only text can be a note. This went to nobody; your next text is the note about "
            "{customer} still."
        ),
        "not_armed": "",
    }
    return texts[result].format(customer=customer)


def why_not_changed(result: ChangeResult, words: Words) -> str:
    """Return why a note was not changed; empty if it was."""
    texts: dict[ChangeResult, str] = {
        "off_duty": words.gettext(
            "The note stays as it was: you are off duty. Send /on to start receiving messages."
        ),
        "not_theirs": words.gettext("The note stays as it was: it is not yours."),
    }
    return texts.get(result, "")
