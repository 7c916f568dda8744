"""Files: parse once into domain values, write so that equal values give equal bytes."""
