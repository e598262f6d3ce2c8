"""The application: window, session, start-up, documents, notifications, doctor.

Other rooms use `app`, `doctor`, `preflight`, `session`, `window`.
"""
