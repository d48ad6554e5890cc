"""Writes a card as it is now, or the page of it that its operator looks at."""

from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from onduty_desk.conversations.kept_message import KeptMessage
from onduty_desk.phones.outbox import Taken
from onduty_desk.phones.view import View
from onduty_desk.texts import words
from onduty_dispatcher.cards.card import ended, write_current_card
from onduty_dispatcher.cards.pages import hides_more, write_page
from onduty_dispatcher.cards.pieces import Part, join
from onduty_dispatcher.cards.status import next_step, status


@dataclass(frozen=True)
class CurrentCard:
    """The text of a card, and the view with what was found in writing it."""

    part: Part
    view: View


def current_card(taken: Taken, zone: ZoneInfo) -> CurrentCard:
    """Write the card of a step that sends or edits one."""
    return _written(taken.texts, taken.language, taken.view.as_taken, zone)


def as_written(taken: Taken, zone: ZoneInfo) -> Taken:
    """Return the step with the view of its card: what that hides decides on its buttons."""
    return replace(taken, view=current_card(taken, zone).view)


@lru_cache(maxsize=64)
def _written(texts: tuple[str, ...], language: str, view: View, zone: ZoneInfo) -> CurrentCard:
    """Write it; cached, because it is asked for twice."""
    messages = [KeptMessage.model_validate_json(text) for text in texts]
    catalogue = words(language)
    newest = messages[-1 if view.page else 0].customer_name if messages else ""
    above = status(view, newest, catalogue, zone)
    if not view.shows_texts:
        return CurrentCard(join(above), view)
    if view.page:
        page = write_page(
            messages,
            catalogue,
            status=above,
            number=view.part,
            priority=view.priority,
            now=view.about_now,
            answers=view.answers,
            notes=view.notes if view.page == view.pages else (),
        )
        return CurrentCard(page.part, replace(view, shown_part=page.number, parts=page.parts))
    part = write_current_card(
        messages,
        catalogue,
        status=above,
        count=view.total if view.view else view.count,
        priority=view.priority,
        unknown_group=view.asked_group,
        now=view.about_now,
    )
    part = ended(part, next_step(view, newest, catalogue, zone))
    return CurrentCard(part, replace(view, hides=hides_more(part, view)))
