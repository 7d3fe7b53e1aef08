"""Who may do what: authorizers, tokens, policies and permissions."""
