"""Topics on operators' phones: made, named, filled, and done without where they fail."""
