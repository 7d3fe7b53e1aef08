"""The HTTP API and signing in: requests, resources, uploads and tokens."""
