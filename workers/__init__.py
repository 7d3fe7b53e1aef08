"""The entrances where no client waits: they are invoked by events of AWS's services and by the clock. There is one
module per Lambda. As in ``realtime``, each parses its event, calls one use case, and informs the operator. After an
error, Lambda tries again.
"""
