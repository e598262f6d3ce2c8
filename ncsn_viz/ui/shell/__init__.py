"""The application: window, session, start-up, documents, notifications, safety copy.

Other rooms use `app`, `preflight`, `session`, `window`.
"""
