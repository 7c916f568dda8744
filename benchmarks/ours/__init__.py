"""Our models: each script fits one in this process and prints what it measured."""
