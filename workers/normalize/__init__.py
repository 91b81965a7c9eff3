"""The working copy: what a browser plays already is repacked, the rest is made anew; nothing of the phone
remains.

`recipe` decides and writes the command lines, `still` is the photo's recipe and runs inside the sandbox,
`make` runs either and proves the result clean.
"""
