"""A survey service under load: the service, the respondents, and what they hand in."""
