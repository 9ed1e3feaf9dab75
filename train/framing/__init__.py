"""The small network that frames faces: what it learns from, and how."""
