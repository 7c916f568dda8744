"""What stands before every page: hosts, rates, sizes, headers, tokens, sign-in."""
