"""Parley in virtual time: the real functions and the real client, between a network and an AWS that fail by seed.

    make simulate                  # 2,000 new seeds
    make simulate FIRST=0          # seeds 0 to 1,999
    make simulate SEEDS=100
    make simulate SEED=17          # one of them, with its story

docs/decisions/0012-simulation.md says what is simulated, what is not, and what the oracle allows.
"""
