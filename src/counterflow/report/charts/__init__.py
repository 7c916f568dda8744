"""Charts: values that are already aggregated, drawn by Vega-Lite into static SVG."""
