"""Widgets and drawing helpers that do not depend on the experiment: theme, icons, controls, text, paths, camera."""
