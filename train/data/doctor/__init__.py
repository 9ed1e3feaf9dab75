"""Is a dataset what it should be, and can it be trained on?"""
