"""Widgets and drawing helpers that do not depend on the experiment: theme, icons, controls, text, paths, camera.

Other rooms use `assets`, `camera`, `controls`, `formula`, `icons`, `indexed_image`, `number_text`, `painting`, `paths`,
`theme`, `timers`, `translate`.
"""
