"""Topics on operators' phones: one for each conversation that its owner answers there."""
