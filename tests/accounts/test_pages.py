"""Pages of people, as a browser meets them."""
