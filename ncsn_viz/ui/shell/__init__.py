"""The application: window, session, start-up, notifications.

Other rooms use `app`, `preflight`, `session`, `window`.
"""
