"""Ways to ask a domain for its proof."""
