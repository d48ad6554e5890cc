"""Operators answer customers amid a run, and what became of each answer is judged."""
