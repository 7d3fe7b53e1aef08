"""The archive: old entries leave the log for packs in Glacier, a verified copy first, and are read from there again."""
