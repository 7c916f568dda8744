"""The report: charts and one self-contained page that says what was found, and how sure it is."""
