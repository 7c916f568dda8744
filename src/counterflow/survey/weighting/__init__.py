"""Weight respondents so that they stand for the population."""
