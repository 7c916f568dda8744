"""Put choice tasks together: what may be shown, how designs are sought, and what they can tell."""
