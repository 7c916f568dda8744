"""Pictures of fitted choice models, as Altair charts that save to SVG, PNG and HTML."""
