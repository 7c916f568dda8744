"""How the tables came to be, one small step at a time; a step is never edited after release."""
