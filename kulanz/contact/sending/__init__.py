"""From the outbox to the world: re-check, render, hand over, remember."""
