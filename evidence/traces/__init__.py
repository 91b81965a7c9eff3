"""Traces: what an original tells of its sender and its copies do not. Their kinds stand in clear beside the
media; what they say is sealed to the agency, and opened only by two people.
"""
