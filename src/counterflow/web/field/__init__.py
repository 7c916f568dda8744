"""The researcher's page: how the fieldwork stands, behind a sign-in."""
