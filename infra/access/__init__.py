"""The team's access to an AWS account: its roles, the boundary, the pipeline and the trail."""
