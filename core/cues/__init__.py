"""What can be read off a face beside its pixels: landmarks, drawings of them, and change."""
