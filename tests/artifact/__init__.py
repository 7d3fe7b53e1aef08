"""What is deployed: the packages, and every function started from its own with AWS's runtime client."""
