"""The loop: what is proposed is permitted or held, resolved by people, and held against what settled.

Start reading at `fold.py`.
"""
