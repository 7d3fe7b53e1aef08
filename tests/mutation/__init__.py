"""Mutation testing: changes the code a little, and shows which changes no test notices."""
