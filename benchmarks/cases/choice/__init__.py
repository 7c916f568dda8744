"""Choice models: speed, memory and fit beside other libraries, size, and standard errors."""
