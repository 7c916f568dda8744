"""Choice designs: published D-errors, and a design for every respondent."""
