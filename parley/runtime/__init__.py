"""What every entrance stands on, the sockets' and HTTP's: the deployment's settings, and what an operator sees."""
