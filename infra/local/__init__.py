"""The whole of Parley on one machine: an embedded AWS, the real templates, and a conversation that shows it working."""
