"""What every entrance stands on: the deployment's settings, what an operator sees, and what each function is given."""
