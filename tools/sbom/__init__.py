"""Writes the bill of materials of the image, which is what it holds besides its base, in CycloneDX with licences."""
