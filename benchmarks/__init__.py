"""What the service costs over the bare work it does: `make bench`. See docs/benchmarks.md."""
