"""Microsoft.Compute: galleries, image definitions and versions, managed images, sizes."""
