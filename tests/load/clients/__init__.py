"""The clients of a load run: their users, their devices, and the processes that hold them."""
