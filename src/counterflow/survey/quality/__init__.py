"""Tell careful answers from careless ones; nothing is dropped in silence."""
