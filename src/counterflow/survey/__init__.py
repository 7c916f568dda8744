"""Ask people to choose, or simulate respondents who answer from stated preferences."""
