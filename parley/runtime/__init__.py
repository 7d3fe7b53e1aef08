"""What every entrance is built on: the deployment's settings, what operators see, and what each function is given."""
