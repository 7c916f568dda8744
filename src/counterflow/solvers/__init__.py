"""Engines behind the solver port: they know matrices, and nothing of the model behind them."""
