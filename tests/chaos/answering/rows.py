"""What the table of a run says of its answers."""

from collections.abc import Mapping

from chaos.answering.amid import Answers


def fate_of(answers: Answers) -> str:
    """Say what became of all that was written."""
    judged, written = answers.judged, len(answers.operators.written)
    notes = len(answers.operators.notes)
    return (
        f"{written} written: {judged.arrived} arrived, {judged.refused} refused, "
        f"{judged.told} told why not; {notes} notes"
    )


def violations(answers: Answers) -> Mapping[str, list[str]]:
    """Return what must not be, by how the table names it."""
    judged = answers.judged
    return {
        "answers: lost, and nobody told": judged.lost,
        "answers: under another name": judged.of_another,
        "answers: to another customer": judged.to_another,
        "answers: repeats that cannot be recognised": judged.unrecognisable,
        "answers: out of order": judged.out_of_order,
        "answers: in other words than on the phone": judged.other_words,
        "answers: taken back, and still there": judged.not_taken_back,
        "answers: reactions that are not true": judged.untrue_reactions,
        "answers: reactions before it was so": judged.early_reactions,
        "answers: failed, and nobody told why": judged.untold,
        "notes: to a customer": judged.notes_sent,
        "notes: lost, and nobody told": judged.notes_lost,
        "answers: left on the way": [f"{n} {what}" for what, n in answers.left.items() if n],
    }
