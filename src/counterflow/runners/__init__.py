"""Where blocks of work run; the result does not depend on where."""
