"""The survey as respondents see it: server-rendered pages that a script only makes smoother."""
