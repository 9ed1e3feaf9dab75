"""The Live page: a mirror that shows what the model sees."""
