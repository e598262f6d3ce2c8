"""Files: experiments, presets, imported images and points."""
