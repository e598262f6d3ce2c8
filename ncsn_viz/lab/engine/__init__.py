"""The running experiment: engine, lanes, schedule of training steps, worker thread and its mailboxes."""
