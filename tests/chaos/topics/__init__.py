"""Topics amid a run: what fails there, and whether phones show them as they must be."""
