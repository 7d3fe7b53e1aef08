"""A directory whose inbox index returns conversations of equal rank in the opposite order of ``MemoryDirectory``'s."""

from parley.chat.memory import MemoryDirectory


class ReversedTies(MemoryDirectory):
    """DynamoDB does not define the order of index entries with equal sort keys, and its engines differ in it."""

    def inbox_page(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        own = sorted(
            ((m.inbox_rank, c) for (u, c), m in self.members.items() if u == user and m.archived == archived),
            key=lambda row: row[1],
            reverse=archived,
        )
        own.sort(key=lambda row: row[0], reverse=not archived)  # stable, so that ties stay as they are
        if after is not None:
            rank, conversation = after
            own = [
                (r, c)
                for r, c in own
                if (r > rank if archived else r < rank)
                or (r == rank and (c < conversation if archived else c > conversation))
            ]
        return own[:limit], len(own) > limit
