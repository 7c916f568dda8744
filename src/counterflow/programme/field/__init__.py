"""Use cases of the field: a respondent's way through the pages, and how the fieldwork stands."""
