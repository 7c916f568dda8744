"""Other libraries at the same task: each script prints one line of JSON."""
