"""What a fitted choice model says: shares, elasticities, welfare, willingness to pay."""
