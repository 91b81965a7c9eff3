"""The room in which every tool that touches a stranger's bytes runs: no network, one file in, one folder out.

`launch.Sandbox.run` starts a tool; `proof.prepare` makes the sandbox and tries it first. `entry`, `child` and
`kernel` run in the child; nothing else may import `kernel`.
"""
