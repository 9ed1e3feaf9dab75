"""What a face does over time: actions, their course, and what distracts from them."""
