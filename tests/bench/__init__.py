"""Measures Onduty beside other ways to do the same, and writes docs/benchmarks.md."""
