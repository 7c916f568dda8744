"""Which lines the rules of a programme allow, and which rules conflict where they allow none."""
