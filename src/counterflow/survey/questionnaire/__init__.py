"""The questionnaire: which pages, what they show to whom, and how what is handed in is read."""
