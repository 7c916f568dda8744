"""Where interviews are kept: SQLite in the programme's folder, or PostgreSQL by URL."""
