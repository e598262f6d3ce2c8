"""Widgets and drawing helpers that know nothing of the experiment: theme, icons, controls, text, paths."""
