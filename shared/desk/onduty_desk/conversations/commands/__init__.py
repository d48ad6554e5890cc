"""What operators ask for: taps on cards, lists, passing on."""
