"""The scripts of operators' commands: taps on cards, lists, delegation."""
