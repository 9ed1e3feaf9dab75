"""Why does the model answer as it does? Numbers only, as plain arrays; figures live in the app.

Letters beside those of ``core.model``: ``M`` moments, the analysed frames that are explained.
"""
