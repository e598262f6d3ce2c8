"""Files: experiments, presets, imported images and points, and the listing of every kind."""
