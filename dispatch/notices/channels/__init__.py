"""Ways out, each an adapter of one small protocol (`base.Channel`); `open_channel` makes one of a stored row."""
