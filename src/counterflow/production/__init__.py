"""From volumes to parts to order and vehicles to build, with the uncertainty kept."""
