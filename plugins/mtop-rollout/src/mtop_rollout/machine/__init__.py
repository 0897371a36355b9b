"""The simulator: a pure, deterministic state machine over replicas, weights, steps and gates.

- `maths`, `noise`: arithmetic that gives the same bits everywhere
- `states`, `replica`, `pool`, `gpus`: replicas from Pending to Gone, by model, and the GPUs they hold
- `units`: the arithmetic of rolling updates over an old and a new pool
- `load`, `traffic`, `latency`: what arrives, where it goes, and how long it takes there
- `steps`, `gates`, `faults`: what moves a rollout on, what stops it, and what happens to it
- `engine`: one tick after the other; `rows`, `summary`: what it emits
"""
