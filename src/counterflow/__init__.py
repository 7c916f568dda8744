"""Counterflow plans a product backwards from demand."""
