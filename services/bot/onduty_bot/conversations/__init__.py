"""What operators do with conversations: taps on cards, lists, delegation."""
