"""The networks.

Dimension letters, the same everywhere: ``B`` clips, ``T`` frames of a clip, ``K`` classes (the
paper's Cls), ``S`` sentences per class (Snt), ``L`` tokens per sentence (Tkn), ``W`` token width
(Embd), ``D`` joint CLIP dimension, ``H`` attention heads, ``h w`` image size.
"""
