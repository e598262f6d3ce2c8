"""The toolbar, and edits: functions from Spec to Spec.

Other rooms use `edits`, `layer_texts`, `lettering`, `particle_gesture`, `toolbar`.
"""
