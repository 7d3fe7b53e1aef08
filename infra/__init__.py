"""How Parley is hosted: templates, packaging, deployment, operators' tools, and the embedded AWS of a laptop."""
