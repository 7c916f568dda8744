"""Pages: parse what comes in, ask the programme, render what comes back."""
