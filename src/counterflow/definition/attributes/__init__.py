"""Search over levels of attributes: the best line where offers are too many to be listed."""
