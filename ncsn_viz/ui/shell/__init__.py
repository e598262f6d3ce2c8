"""The application: window, session, start-up, documents, notifications, doctor."""
