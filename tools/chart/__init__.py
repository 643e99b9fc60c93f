"""The Helm chart from outside: helm on it, and what it renders."""
