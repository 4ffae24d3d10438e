"""The cloud file as a picture. Pure: from a cloud to the text of an SVG."""
