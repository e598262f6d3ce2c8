"""The background thread of the window: it shares its time out among the engine's work, and exchanges values by mailbox.

Other rooms use `mailbox`, `pace`, `worker`.
"""
