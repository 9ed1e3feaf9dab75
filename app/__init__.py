"""The browser app: tabs over one predictor."""
