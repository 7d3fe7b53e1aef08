"""What is deployed: the packages, and every function of the templates started from its own with AWS's runtime client."""
