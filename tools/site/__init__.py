"""What the site of docs/ has beside the pages that are written: files of the repository that these link to."""
