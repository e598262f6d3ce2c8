"""What outlives the window: files that the user opens and saves, and the copy that is kept by itself.

Other rooms use `autosave`, `documents`, `restore`, `resume`, `safety_copy`.
"""
