"""Which expression each output index means."""

# The order of DFEW's official csv, which DFER-CLIP and FERV39k share.
SEVEN = ("happiness", "sadness", "neutral", "anger", "surprise", "disgust", "fear")

# DFER-CLIP's order for MAFW: the seven above come first.
ELEVEN = (*SEVEN, "contempt", "anxiety", "helplessness", "disappointment")
