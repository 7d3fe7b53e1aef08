"""What is added to the embedded AWS within its own process, because nothing can be added from outside.

``infra.local.workarounds`` numbers what the emulator lacks, and names the module here that stands in for it. These
modules use the emulator's underscored names, which nothing else may do. Its version is pinned, and the end-to-end tests
fail if these names have changed. Each lesson has a function ``teach``, which is called once, before the emulator
serves.
"""
