"""What a line may be chosen for: a quantity, and how to weigh the draws in which it is known."""
