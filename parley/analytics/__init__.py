"""What is recorded of the use of a deployment, so that it can be counted: never a text, and nobody's user id."""
