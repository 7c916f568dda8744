"""The sections of the report, one question each; every sentence is computed from the findings."""
