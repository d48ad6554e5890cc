"""What operators do with conversations: taps on cards, lists, and passing them on."""
