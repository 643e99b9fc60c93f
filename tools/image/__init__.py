"""The container image: built with what the machine has, tried without any registry, and measured."""
