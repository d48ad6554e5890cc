"""What a part of the bench found: tables and plots, as they go into the page."""

from typing import Literal

from pydantic import BaseModel

Cell = str | float | int


class Table(BaseModel):
    """Rows side by side."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


class Plot(BaseModel):
    """One picture: lines over x, or bars."""

    name: str
    title: str
    x: str
    y: str
    kind: Literal["lines", "bars"] = "lines"
    series: dict[str, list[tuple[float | str, float]]]
    is_log: bool = False
    target: float | None = None


class Part(BaseModel):
    """One of the questions (a) to (f)."""

    name: str
    title: str
    about: str
    tables: list[Table]
    plots: list[Plot] = []
    measured_at: str = ""
    is_quick: bool = False


def ratio(value: float, to: float) -> str:
    """Say how many times as much the one is."""
    times = value / to if to else float("nan")
    return f"{times:.0f}×" if times >= 10 else f"{times:.2g}×"
