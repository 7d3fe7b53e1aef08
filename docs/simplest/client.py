# The simplest correct client: `python client.py <state file> <user id>` sends each line of its input to that user, and prints all
# that is said. PARLEY_WS_URL and PARLEY_TOKEN (an access token) are in its environment. It needs `pip install websockets`.

import asyncio, base64, json, os, random, sys, threading, time, types, uuid
from websockets import ConnectionClosed, InvalidHandshake, connect

file, other = sys.argv[1:]; url, token = os.environ["PARLEY_WS_URL"], os.environ["PARLEY_TOKEN"]
me = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"]
dm = ":".join(["dm", *sorted((me, other))])
state = {"device": uuid.uuid4().hex, "cursor": 0, "outbox": []}  # what a crash must not lose
if os.path.exists(file): state = json.load(open(file))

def save():
    with open(f"{file}.new", "w") as new: json.dump(state, new); new.flush(); os.fsync(new.fileno())
    os.replace(f"{file}.new", file)

def write(line): state["outbox"].append({"id": uuid.uuid4().hex, "text": line.rstrip("\n")}); save()

def read(loop):
    for line in sys.stdin: loop.call_soon_threadsafe(write, line)

def settle(id): state["outbox"] = [m for m in state["outbox"] if m["id"] != id]; save()

def take(entry):  # each entry once, in order; returns whether one is missing before it, which a sync brings
    seq, sender = entry["seq"], entry["sender"]
    for own in state["outbox"]:
        if sender == me and own["id"] == entry["id"]: own["seq"] = seq  # stored; sent again until its ack, for other devices
    if entry["conversation"] != dm or seq <= state["cursor"]: return False
    if seq > state["cursor"] + 1: return True
    state["cursor"] = seq; save(); print(seq, "me:" if sender == me else "them:", entry["body"]["text"], flush=True)
    return False

async def talk(socket):
    s = types.SimpleNamespace(live=False, sync=True, gap=False, page=None, sending=None, retry=0, heard=time.monotonic(), waiting={})
    say = lambda frame: socket.send(json.dumps(frame))
    def ask(frame): s.waiting[frame["id"]] = time.monotonic(); return say(frame)
    def mark(seq): return say({"action": "mark", "id": "_mark", "conversation": dm, "delivered": seq} if seq else {"action": "ping"})
    while time.monotonic() - s.heard < 15 and all(time.monotonic() - at < 10 for at in s.waiting.values()):
        if (s.sync or s.gap) and "_sync" not in s.waiting and time.monotonic() > s.retry:
            s.sync, s.gap, since = False, s.gap and bool(s.page), {dm: state["cursor"]} if state["cursor"] else {}
            await ask({"action": "sync", "id": "_sync", "since": since, **({"cursor": s.page} if s.page else {})})
        if s.live and not s.sending and state["outbox"] and time.monotonic() > s.retry:  # one at a time, after a sync
            first = state["outbox"][0]; s.sending = first["id"]
            after = min(state["cursor"], first.get("seq", 2**53) - 1)  # an earlier attempt is looked for behind it
            await ask({"action": "send", "id": s.sending, **({"conversation": dm} if after else {"to": other}),
                       "after": after, "body": {"text": first["text"]}})
        try: frame = json.loads(await asyncio.wait_for(socket.recv(), 0.2))
        except TimeoutError: await say({"action": "ping"}) if time.monotonic() - s.heard > 5 else None; continue
        s.heard = time.monotonic(); id, kind = frame.get("id"), frame.get("type"); s.waiting.pop(id, None)
        if kind == "message": s.gap |= take(frame["entry"]); await mark(state["cursor"])
        elif kind == "ack" and id == s.sending:
            s.gap |= take({**frame, "sender": me, "body": {"text": state["outbox"][0]["text"]}}); settle(id); s.sending = None
        elif kind == "synced":
            if (known := state.get("generation")) != frame["generation"]:  # the server was restored: begin again
                state.update(cursor=0, generation=frame["generation"]); save()
                if known: s.sync, s.live, s.page = True, False, None; continue
            # What is missing may be in the archive, and so may be what was written long ago.
            if (begins := frame.get("begins", {}).get(dm, 0) - 1) > state["cursor"]: state.update(cursor=begins, outbox=[]); s.sending = None
            for entry in frame["entries"]: take(entry)
            s.page, s.sync, s.live = frame.get("cursor"), frame["more"], s.live or not frame["more"]; await mark(state["cursor"])
        elif kind == "error":
            code, s.retry = frame["code"], time.monotonic() + (frame.get("retry_after") or (2 if frame["retryable"] else 0))
            if code in ("token_expired", "unauthorized"): sys.exit("sign in again")
            elif id == "_sync" or code == "conflict": s.sync, s.live, s.page, s.sending = True, False, None, None
            elif id == s.sending and not frame["retryable"]: print("refused:", frame["message"], file=sys.stderr); settle(id)
            if id == s.sending: s.sending = None

async def main(failures=0):
    threading.Thread(target=read, args=[asyncio.get_running_loop()], daemon=True).start()
    while True:
        try:
            async with connect(f"{url}?device={state['device']}", subprotocols=["parley.v1", token]) as socket: failures = 0; await talk(socket)
        except (OSError, ConnectionClosed, InvalidHandshake): pass
        await asyncio.sleep(random.random() * min(30, 0.5 * 2 ** (failures := failures + 1)))

asyncio.run(main())
