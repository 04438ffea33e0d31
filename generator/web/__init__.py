"""The web door: pages for people and an API for programs, over the same pipeline as the command line.

Place in the pipeline: a door. It parses, calls and shows; what it can do, `import generator` can do. `app` puts the
parts together: `guard` lets requests in, `shell` draws pages, `problems` says what went wrong.
"""
