"""Other people, as a user may know them: who is blocked, who is online, and who may see whom."""
