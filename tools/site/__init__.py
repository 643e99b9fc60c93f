"""What the site of docs/ has beside the pages that are written.

The reference of the two kinds, a page for each reason of a condition, and files of the repository that pages link to.
"""
