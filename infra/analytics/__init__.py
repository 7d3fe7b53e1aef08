"""What is counted of the use of a deployment, and the page that shows it."""
