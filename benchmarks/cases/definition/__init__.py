"""Definition: lines, prices and markets: speed and proof beside other libraries."""
