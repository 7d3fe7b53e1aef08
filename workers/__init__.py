"""The entrances that nobody waits at: what the media bucket and the clock set off. One module per Lambda, each as in
``realtime``: it parses its event, calls one use case, and tells the operator. An error is Lambda's to try again.
"""
