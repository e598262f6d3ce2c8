"""The running experiment: engine, lanes, schedule of training steps, worker thread and its mailboxes.

Other rooms use `device`, `engine`, `headless`, `lane`, `mailbox`, `pace`, `worker`.
"""
