"""Choose each next choice task for the respondent from the answers so far."""
